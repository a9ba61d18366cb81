import type { ClassIndex, Step } from '../../wire/units';
import type { Anomaly } from './wire';

/** What flips at one validation, over all classes. */
export interface AnomalyCount {
  readonly step: Step;
  readonly classes: ReadonlySet<ClassIndex>;
  /** Images under the left rule and images under the right rule, added. */
  readonly flips: number;
  /** The largest share of a class's images, 0 to 1. */
  readonly score: number;
}

/** What iterations with anomalies are ranked by. */
export const RANKS = ['score', 'flips', 'classes'] as const;
export type Rank = (typeof RANKS)[number];

/** The most of it first; equal ones by flips, then by time. */
export function ranked(counts: readonly AnomalyCount[], by: Rank): readonly AnomalyCount[] {
  const of = (count: AnomalyCount): number => (by === 'classes' ? count.classes.size : count[by]);
  return [...counts].sort((a, b) => of(b) - of(a) || b.flips - a.flips || a.step - b.step);
}

/** Anomalies by validation, in the order of time. */
export function countAnomalies(anomalies: readonly Anomaly[]): readonly AnomalyCount[] {
  return [...Map.groupBy(anomalies, ({ step }) => step)]
    .sort(([a], [b]) => a - b)
    .map(([step, here]) => ({
      step,
      classes: new Set(here.map((each) => each.class)),
      flips: here.reduce((sum, { count }) => sum + count, 0),
      score: Math.max(...here.map(({ score }) => score)),
    }));
}
