import type { Surprise } from './wire';
import type { SetRow } from './grid';

export const RANKINGS = ['classes', 'times'] as const;
/** Mini-sets that touch most classes, or that come back for one class. */
export type RankingKind = (typeof RANKINGS)[number];

/** Mini-sets worth a look, by position in `sets`, the first ones first. */
export function rank(
  kind: RankingKind,
  sets: readonly SetRow[],
  surprise: Surprise,
): readonly number[] {
  const { classes, times, classesP, timesP } = surprise;
  const of = (values: ArrayLike<number>, i: number): number => values[sets[i]?.index ?? -1] ?? 0;
  const size = (i: number): number => sets[i]?.filters.length ?? 0;
  if (kind === 'classes') {
    return [...sets.keys()]
      .filter((i) => of(classes, i) > 1)
      .sort(
        (a, b) => of(classes, b) - of(classes, a) || of(classesP, a) - of(classesP, b) || a - b,
      );
  }
  return [...sets.keys()]
    .filter((i) => of(times, i) > 1)
    .sort(
      (a, b) =>
        of(timesP, a) - of(timesP, b) || of(times, b) - of(times, a) || size(b) - size(a) || a - b,
    );
}
