/** Which images flip at a validation, and which classes are confused. */
import type { ClassIndex, ImageIndex } from '../../wire/units';
import type { IterationImages } from './wire';

export interface Flip {
  readonly image: ImageIndex;
  /** What it was predicted as at the validation before. */
  readonly before: ClassIndex;
  /** What it is predicted as now. */
  readonly after: ClassIndex;
}

export interface ClassFlips {
  readonly class: ClassIndex;
  /** From wrong to correct. */
  readonly learned: readonly Flip[];
  /** From correct to wrong. */
  readonly forgotten: readonly Flip[];
}

/** First row of every class; behind the last, the number of rows. */
export type FirstRows = ArrayLike<number>;

/** Images that flip, by class; the classes with most flips first. */
export function flipsByClass(data: IterationImages, firstRows: FirstRows): readonly ClassFlips[] {
  const { predicted, before } = data;
  const found: ClassFlips[] = [];
  for (let label = 0; label + 1 < firstRows.length; label++) {
    const [first, end] = [firstRows[label] ?? 0, firstRows[label + 1] ?? 0];
    const [learned, forgotten]: [Flip[], Flip[]] = [[], []];
    for (let row = first; row < end; row++) {
      const [was, is] = [before[row] ?? -1, predicted[row] ?? -1];
      if (was < 0 || is < 0 || (was === label) === (is === label)) continue;
      (is === label ? learned : forgotten).push({ image: row - first, before: was, after: is });
    }
    if (learned.length + forgotten.length > 0) found.push({ class: label, learned, forgotten });
  }
  const flips = (each: ClassFlips): number => each.learned.length + each.forgotten.length;
  return found.sort((a, b) => flips(b) - flips(a) || a.class - b.class);
}

export interface Confusion {
  readonly label: ClassIndex;
  readonly predicted: ClassIndex;
  readonly images: number;
  /** Of the evaluated images of the label. */
  readonly share: number;
}

/**
 * Which classes are predicted as which others at a validation, most images first.
 *
 * @param only a class: just its own images; null: all
 */
export function confusions(
  data: IterationImages,
  firstRows: FirstRows,
  only: ClassIndex | null,
): readonly Confusion[] {
  const found: Confusion[] = [];
  const labels = only === null ? firstRows.length - 1 : only + 1;
  for (let label = only ?? 0; label < labels; label++) {
    const counts = new Map<ClassIndex, number>();
    let evaluated = 0;
    for (let row = firstRows[label] ?? 0; row < (firstRows[label + 1] ?? 0); row++) {
      const predicted = data.predicted[row] ?? -1;
      if (predicted < 0) continue;
      evaluated++;
      if (predicted !== label) counts.set(predicted, (counts.get(predicted) ?? 0) + 1);
    }
    for (const [predicted, images] of counts) {
      found.push({ label, predicted, images, share: images / evaluated });
    }
  }
  return found.sort(
    (a, b) =>
      b.images - a.images || b.share - a.share || a.label - b.label || a.predicted - b.predicted,
  );
}
