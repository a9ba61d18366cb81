/** What the statistics and measures are called, and how they are drawn. */
import { formatValue } from '../../charts/format';
import { extent } from '../../charts/values/scale';
import type { NodeIndex } from '../../wire/units';
import type { FiveNumbers } from './box/plan';
import type { Distributions } from './wire';

/** Where the update ratio of a healthy training lies: within ten times of 1e-3 (paper, R.1). */
export const HEALTHY_RATIO = [1e-4, 1e-2] as const;
export const UPDATE_RATIO = 'update_ratio';

/** Groups in which statistics are offered. */
export const groupOf = (statistic: string): string =>
  statistic.startsWith('weight_')
    ? 'Weights'
    : statistic.startsWith('gradient_')
      ? 'Gradients'
      : 'Updates';

/** "weight sd" */
export const nameOf = (statistic: string): string => statistic.replaceAll('_', ' ');

/** How a statistic is put on its axis. */
export interface ValueAxis {
  /** Values as they are drawn; NaN where they cannot be. */
  readonly drawn: (values: Float32Array) => Float32Array;
  readonly drawnValue: (value: number) => number;
  /** Text for a drawn value. */
  readonly format: (drawn: number) => string;
  /** A range of drawn values that is shaded, and always on the axis. */
  readonly band: readonly [number, number] | null;
}

const LINEAR: ValueAxis = {
  drawn: (values) => values,
  drawnValue: (value) => value,
  format: formatValue,
  band: null,
};

/** Ratios differ by orders of magnitude; one of 0 has none and is not drawn. */
const LOGARITHMIC: ValueAxis = {
  drawn: (values) => values.map(logarithm),
  drawnValue: logarithm,
  format: (drawn) => formatValue(10 ** drawn),
  band: [Math.log10(HEALTHY_RATIO[0]), Math.log10(HEALTHY_RATIO[1])],
};

function logarithm(value: number): number {
  return value > 0 ? Math.log10(value) : NaN;
}

export const axisOf = (statistic: string): ValueAxis =>
  statistic === UPDATE_RATIO ? LOGARITHMIC : LINEAR;

/** What the box plots of a node are drawn from. */
export function numbersOf(all: Distributions, node: NodeIndex): FiveNumbers {
  const n = all.steps.length;
  const own = (values: Float32Array): Float32Array => values.subarray(node * n, (node + 1) * n);
  return {
    min: own(all.min),
    q1: own(all.q1),
    median: own(all.median),
    q3: own(all.q3),
    max: own(all.max),
  };
}

/** The range of all drawn values of a statistic, or of all boxes if there are any. */
export function rangeOf(
  axis: ValueAxis,
  values: Float32Array,
  boxes: Distributions | null,
): readonly [number, number] | null {
  return boxes
    ? extent([...(extent(boxes.min) ?? []), ...(extent(boxes.max) ?? [])])
    : extent([...(extent(axis.drawn(values)) ?? []), ...(axis.band ?? [])]);
}
