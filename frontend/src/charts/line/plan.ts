import { toX, type TimeScale } from '../../axis/scale';
import type { Step } from '../../wire/units';

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

/** Room of a text in a corner, in CSS pixels. */
const LABEL = { width: 52, height: 9 };

/** The end at which a text at height `edge` hides less of the lines; the left one if both do as well. */
export function freeCorner(
  lines: readonly { readonly steps: readonly Step[]; readonly values: ArrayLike<number> }[],
  x: TimeScale,
  y: ValueScale,
  edge: number,
): Corner {
  let more = 0;
  for (const { steps, values } of lines) {
    for (let i = 0; i < steps.length; i++) {
      if (!(Math.abs(toY(y, values[i] ?? NaN) - edge) < LABEL.height)) continue;
      const at = toX(x, steps[i] ?? 0);
      if (at >= 0 && at < LABEL.width) more++;
      if (at <= x.width && at > x.width - LABEL.width) more--;
    }
  }
  return more > 0 ? 'right' : 'left';
}

/**
 * Path of a line through the values, broken where one is not finite.
 *
 * Where several values fall on one pixel, the path runs through their first, least,
 * greatest and last, so that no peak is lost however many values there are.
 */
export function linePath(
  steps: readonly Step[],
  values: ArrayLike<number>,
  x: TimeScale,
  y: ValueScale,
): string {
  let path = '';
  let broken = true;
  const add = (i: number): void => {
    const point = `${round(toX(x, steps[i] ?? 0))},${round(toY(y, values[i] ?? NaN))}`;
    path += (broken ? 'M' : 'L') + point;
    broken = false;
  };
  for (let i = 0; i < steps.length;) {
    const pixel = Math.floor(toX(x, steps[i] ?? 0));
    let [j, least, greatest] = [i, i, i];
    while (
      j < steps.length &&
      Math.floor(toX(x, steps[j] ?? 0)) === pixel &&
      Number.isFinite(values[j])
    ) {
      if ((values[j] ?? 0) < (values[least] ?? 0)) least = j;
      if ((values[j] ?? 0) > (values[greatest] ?? 0)) greatest = j;
      j++;
    }
    if (j === i) {
      broken = true;
      i++;
      continue;
    }
    const [a, b] = least < greatest ? [least, greatest] : [greatest, least];
    for (const k of new Set([i, a, b, j - 1])) add(k);
    i = j;
  }
  // A value between two gaps would be a point, which has no length to be drawn.
  return path.replace(/M([^ML]+)(?=M|$)/g, 'M$1h0.01');
}

const round = (value: number): number => Math.round(value * 100) / 100;
