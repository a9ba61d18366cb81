import type { TimeScale } from '../../axis/scale';
import type { Anomaly } from '../../run/wire';
import type { Series } from '../scalars/plan';
import type { ClassIndex, Step } from '../../wire/units';

/** What flips at one validation, over all classes. */
export interface AnomalyCount {
  readonly step: Step;
  readonly classes: ReadonlySet<ClassIndex>;
  /** Images under the left rule and images under the right rule, added. */
  readonly flips: number;
}

/** Anomalies by validation, in the order of time. */
export function countAnomalies(anomalies: readonly Anomaly[]): readonly AnomalyCount[] {
  return [...Map.groupBy(anomalies, ({ step }) => step)]
    .sort(([a], [b]) => a - b)
    .map(([step, here]) => ({
      step,
      classes: new Set(here.map((each) => each.class)),
      flips: here.reduce((sum, { count }) => sum + count, 0),
    }));
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

/** Whether a training curve is an error rate, which may share a scale with the validation error. */
export const isErrorRate = ({ tag, values }: Series): boolean =>
  /err/i.test(tag) && values.every((value) => !(value < 0 || value > 1));
