/** The scales of the timeline's curves. */
import type { TimeScale } from '../../axis/scale';
import { extent, valueScale, type ValueScale } from '../../charts/values/scale';
import type { Step } from '../../wire/units';
import type { Curve } from '../feature';

/** The values at the iterations on screen. */
export const valuesWithin = (
  scale: TimeScale,
  steps: readonly Step[],
  values: ArrayLike<number>,
): readonly number[] =>
  Array.from(values).filter((_, i) => {
    const step = steps[i] ?? NaN;
    return step >= scale.from && step <= scale.to;
  });

/** Of all rates: from 0 as long as all is shown; close up, what there is to see. */
export function rateRange(
  curves: readonly Curve[],
  scale: TimeScale,
  isZoomed: boolean,
): readonly [number, number] {
  const shown = curves.flatMap(({ steps, values }) => valuesWithin(scale, steps, values));
  const [low, high] = extent(shown) ?? [0, 1];
  return [isZoomed && high > low ? low : 0, Math.max(high, isZoomed ? 0.001 : 0.05)];
}

/** Of a curve that is no rate; null if nothing of it is on screen. */
export function ownScale(curve: Curve, scale: TimeScale, height: number): ValueScale | null {
  const range = extent(valuesWithin(scale, curve.steps, curve.values));
  return range && valueScale(range, height);
}
