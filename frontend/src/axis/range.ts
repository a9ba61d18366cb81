/** The iterations on screen: zooming and panning as arithmetic on ranges. */
export type Range = readonly [from: number, to: number];

/**
 * A range made shorter around what stays where it is on screen.
 *
 * @param full what there is; nothing beyond it is ever shown
 * @param at what stays
 * @param factor above 1 zooms in
 * @param min width of the shortest range
 * @returns null if all of `full` is shown
 */
export function zoomedBy(
  range: Range,
  full: Range,
  at: number,
  factor: number,
  min: number,
): Range | null {
  const [from, to] = range;
  const width = Math.max(min, (to - from) / factor);
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return within([at - share * width, at + (1 - share) * width], full);
}

/** A range moved by an amount, as far as there is something to show. */
export function pannedBy(range: Range, full: Range, by: number): Range | null {
  return within([range[0] + by, range[1] + by], full);
}

/** A range moved, and if need be shortened, into what there is; null if that is all of it. */
export function within(range: Range, full: Range): Range | null {
  const width = range[1] - range[0];
  if (width >= full[1] - full[0]) return null;
  const from = Math.min(Math.max(range[0], full[0]), full[1] - width);
  return [from, from + width];
}

/** A range one of whose borders is elsewhere, but no nearer to the other than `min`. */
export function resized(
  range: Range,
  full: Range,
  border: 0 | 1,
  to: number,
  min: number,
): Range | null {
  const [from, end] = range;
  const moved: Range =
    border === 0
      ? [Math.max(full[0], Math.min(to, end - min)), end]
      : [from, Math.min(full[1], Math.max(to, from + min))];
  return within(moved, full);
}
