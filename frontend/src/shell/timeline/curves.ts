/** The timeline's curves on their axes: rates share one at the left, another curve has its own at the right. */
import { ticks } from 'd3-array';

import type { TimeScale } from '../../axis/scale';
import { formatRate, formatValue } from '../../charts/format';
import { extent, toY, valueScale, type ValueScale } from '../../charts/values/scale';
import type { Step } from '../../wire/units';
import type { Curve } from '../feature';

/** Between two labels of an axis at least, in CSS pixels. */
const TICK_SPACING = 26;

/** A scale of values, and what is written along it. */
export interface ValueAxis {
  readonly y: ValueScale;
  readonly isLog: boolean;
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
}

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

/** What all rates share; null without any. */
export function rateAxis(
  curves: readonly Curve[],
  scale: TimeScale,
  isZoomed: boolean,
  height: number,
): ValueAxis | null {
  const rates = curves.filter(({ isRate }) => isRate);
  return rates.length > 0
    ? axisOf(rateRange(rates, scale, isZoomed), false, height, rateText)
    : null;
}

/** Of a curve that is no rate; null if nothing of it is on screen. */
export function ownAxis(curve: Curve, scale: TimeScale, height: number): ValueAxis | null {
  const shown = valuesWithin(scale, curve.steps, curve.raw ?? curve.values);
  const range = extent(curve.isLog ? shown.filter((value) => value > 0) : shown);
  return range && axisOf(range, curve.isLog ?? false, height, valueText);
}

function axisOf(
  [low, high]: readonly [number, number],
  isLog: boolean,
  height: number,
  format: (value: number) => string,
): ValueAxis {
  const on = (value: number): number => (isLog ? Math.log10(value) : value);
  const y = valueScale([on(low), on(high)], height);
  const values = isLog ? logTicks(low, high, height) : linearTicks(low, high, height);
  return {
    y,
    isLog,
    ticks: values.map((value) => ({ y: toY(y, on(value)), text: format(value) })),
  };
}

/** Values as they lie on the axis; what a logarithmic one cannot show is left out. */
export const onAxis = ({ isLog }: ValueAxis, values: ArrayLike<number>): ArrayLike<number> =>
  isLog ? Float64Array.from(values, (value) => (value > 0 ? Math.log10(value) : NaN)) : values;

const linearTicks = (low: number, high: number, height: number): readonly number[] =>
  low === high ? [low] : ticks(low, high, Math.max(2, Math.floor(height / TICK_SPACING)));

/** Powers of ten; within less than two of them, 1, 2 and 5 of each. */
export function logTicks(low: number, high: number, height: number): readonly number[] {
  if (low === high) return [low];
  const fits = Math.max(2, Math.floor(height / TICK_SPACING));
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const within = (value: number): boolean =>
    value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const tens = powers.map((power) => Number(`1e${power}`)).filter(within);
  if (tens.length >= 2) {
    const each = Math.ceil(tens.length / fits);
    return tens.filter((_, i) => i % each === 0);
  }
  const finer = powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  const found = finer.filter(within);
  return found.length >= 2 ? found : ticks(low, high, fits);
}

/** A tick is round: without the decimals that formats alike need. */
const rateText = (value: number): string => formatRate(value).replace('.0%', '%');
const valueText = (value: number): string => formatValue(value).replace(/\.?0+(?=e)/, '');
