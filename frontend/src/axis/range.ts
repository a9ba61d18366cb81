/** The iterations on screen: zooming and panning as arithmetic on stretches. */
export type Stretch = readonly [from: number, to: number];

/**
 * A stretch made shorter around a place that stays where it is on screen.
 *
 * @param full what there is; nothing beyond it is ever shown
 * @param at the place that stays
 * @param factor above 1 zooms in
 * @param least width of the shortest stretch
 * @returns null if all of `full` is shown
 */
export function zoomedBy(
  stretch: Stretch,
  full: Stretch,
  at: number,
  factor: number,
  least: number,
): Stretch | null {
  const [from, to] = stretch;
  const width = Math.max(least, (to - from) / factor);
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return within([at - share * width, at + (1 - share) * width], full);
}

/** A stretch moved by an amount, as far as there is something to show. */
export function pannedBy(stretch: Stretch, full: Stretch, by: number): Stretch | null {
  return within([stretch[0] + by, stretch[1] + by], full);
}

/** A stretch moved, and if need be shortened, into what there is; null if that is all of it. */
export function within(stretch: Stretch, full: Stretch): Stretch | null {
  const width = stretch[1] - stretch[0];
  if (width >= full[1] - full[0]) return null;
  const from = Math.min(Math.max(stretch[0], full[0]), full[1] - width);
  return [from, from + width];
}

/** A stretch one of whose borders is elsewhere, but no nearer to the other than `least`. */
export function resized(
  stretch: Stretch,
  full: Stretch,
  border: 0 | 1,
  to: number,
  least: number,
): Stretch | null {
  const [from, end] = stretch;
  const moved: Stretch =
    border === 0
      ? [Math.max(full[0], Math.min(to, end - least)), end]
      : [from, Math.min(full[1], Math.max(to, from + least))];
  return within(moved, full);
}
