import { toX, type TimeScale } from '../../axis/scale';
import type { Step } from '../../wire/units';
import { toY, type Corner, type ValueScale } from '../values/scale';

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
 * Where several values fall on one pixel, the path runs through their first, smallest,
 * largest and last, so that no peak is lost however many values there are.
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
    let [j, min, max] = [i, i, i];
    while (
      j < steps.length &&
      Math.floor(toX(x, steps[j] ?? 0)) === pixel &&
      Number.isFinite(values[j])
    ) {
      if ((values[j] ?? 0) < (values[min] ?? 0)) min = j;
      if ((values[j] ?? 0) > (values[max] ?? 0)) max = j;
      j++;
    }
    if (j === i) {
      broken = true;
      i++;
      continue;
    }
    const [a, b] = min < max ? [min, max] : [max, min];
    for (const k of new Set([i, a, b, j - 1])) add(k);
    i = j;
  }
  // A value between two gaps would be a point, which has no length to be drawn.
  return path.replace(/M([^ML]+)(?=M|$)/g, 'M$1h0.01');
}

const round = (value: number): number => Math.round(value * 100) / 100;
