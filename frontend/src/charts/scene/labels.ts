/** Labels along an axis, where there is room. */
export interface Label {
  /** Place along the axis in pixels. */
  readonly at: number;
  readonly text: string;
  /** Those that count more get their place first. */
  readonly weight: number;
}

/** The labels that are at least `gap` pixels apart, the weightiest first; in order along the axis. */
export function withRoom<L extends Label>(labels: readonly L[], gap: number): readonly L[] {
  const taken: L[] = [];
  for (const label of labels.toSorted((a, b) => b.weight - a.weight || a.at - b.at)) {
    if (taken.every((other) => Math.abs(other.at - label.at) >= gap)) taken.push(label);
  }
  return taken.sort((a, b) => a.at - b.at);
}

/**
 * The labels, moved along the axis until they are `gap` apart and between 0 and `length`: the
 * weightiest, if not all have room.
 */
export function spread<L extends Label>(labels: readonly L[], gap: number, length: number): L[] {
  const most = Math.max(1, Math.floor(length / gap));
  const kept = labels
    .toSorted((a, b) => b.weight - a.weight || a.at - b.at)
    .slice(0, most)
    .sort((a, b) => a.at - b.at);
  // Labels that push each other are a block around the mean of where they would be.
  const blocks: { sum: number; count: number }[] = [];
  const startOf = ({ sum, count }: { sum: number; count: number }): number => {
    const half = (gap * count) / 2;
    return Math.min(Math.max(sum / count, half), Math.max(half, length - half)) - half;
  };
  for (const { at } of kept) {
    let block = { sum: at, count: 1 };
    for (;;) {
      const before = blocks.at(-1);
      if (!before || startOf(before) + gap * before.count <= startOf(block)) break;
      blocks.pop();
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  }
  const places = blocks.flatMap((block) =>
    Array.from({ length: block.count }, (_, i) => startOf(block) + gap * (i + 0.5)),
  );
  return kept.map((label, i) => ({ ...label, at: places[i] ?? label.at }));
}

/** Widths of characters as shares of the font's size, in common fonts at their widest. */
const WIDE = { pattern: /[mwMW@%\u1100-\u{10ffff}]/u, width: 0.98 };
const CAPITAL = { pattern: /\p{Lu}/u, width: 0.7 };
const OTHER = 0.6;

function shareOf(character: string): number {
  return [WIDE, CAPITAL].find(({ pattern }) => pattern.test(character))?.width ?? OTHER;
}

/** Width of a text in pixels, at most, as far as that can be known without measuring. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += shareOf(character) * size;
  return width;
}

/** Text of at most so many pixels. */
export function shortened(text: string, width: number, size: number): string {
  let room = width / size;
  let [shorter, fits] = ['', ''];
  for (const character of text) {
    room -= shareOf(character);
    // The dots take the place of the last that would fit.
    if (room < 0) return `${shorter}…`;
    [shorter, fits] = [fits, fits + character];
  }
  return text;
}

/** Text of at most so many pixels, without its beginning: of names of layers, the end tells more. */
export function shortenedStart(text: string, width: number, size: number): string {
  const backwards = (it: string): string => Array.from(it).reverse().join('');
  return backwards(shortened(backwards(text), width, size));
}
