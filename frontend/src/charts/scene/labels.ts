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

/** Text of at most so many pixels, as far as that can be known without measuring. */
export function shortened(text: string, width: number, size: number): string {
  const most = Math.max(3, Math.floor(width / (size * 0.56)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
