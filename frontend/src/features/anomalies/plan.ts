import type { ClassIndex, Step } from '../../wire/units';
import type { Anomaly } from './wire';

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
