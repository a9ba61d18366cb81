/** Scales of values, and where the ends of their range are written. */
/** Vertical scale: `low` at the bottom, `high` at the top of `height` CSS pixels. */
export interface ValueScale {
  readonly low: number;
  readonly high: number;
  readonly height: number;
}

/** Smallest and largest finite value; null if there is none. */
export function extent(values: Iterable<number>): readonly [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/** Between a chart's edges and the ends of its axis, in CSS pixels. */
export const AXIS_PADDING = 7;

export function valueScale(range: readonly [number, number], height: number): ValueScale {
  const [low, high] = range;
  // A constant is a line in the middle.
  const pad = high > low ? 0 : Math.abs(high) || 1;
  return { low: low - pad, high: high + pad, height };
}

export function toY(scale: ValueScale, value: number): number {
  return scale.height * (1 - (value - scale.low) / (scale.high - scale.low));
}

/** Which end of its edge a text is at. */
export type Corner = 'left' | 'right';
