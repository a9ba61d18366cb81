import { SIGNIFICANT, type Cell } from './cells';
import type { Grid, SetRow } from './grid';
import type { Surprise } from './wire';

export const RANKINGS = ['causes', 'cells', 'classes', 'times'] as const;
/**
 * What was put back and reverted flips; cells far from what is expected; mini-sets that appear with most classes, or repeatedly with
 * one class.
 */
export type RankingKind = (typeof RANKINGS)[number];

/** Positions, those with the smallest q first, and how many of them are significant. */
export interface Ranked {
  readonly order: readonly number[];
  readonly significant: number;
  /** The smallest q; NaN if there is none. */
  readonly leastQ: number;
}

type Key = readonly number[];

function ranked(among: readonly number[], keyOf: (i: number) => Key): Ranked {
  const keys = new Map(among.map((i) => [i, keyOf(i)]));
  const of = (i: number, k: number): number => keys.get(i)?.[k] ?? 0;
  const length = keys.get(among[0] ?? -1)?.length ?? 0;
  const order = among.toSorted((a, b) => {
    for (let k = 0; k < length; k++) {
      const by = of(a, k) - of(b, k);
      if (by !== 0) return by;
    }
    return a - b;
  });
  const significant = among.filter((i) => of(i, 0) <= SIGNIFICANT).length;
  return { order, significant, leastQ: order[0] === undefined ? NaN : of(order[0], 0) };
}

/** Mini-sets worth a look, by position in `sets`. */
export function rankSets(
  kind: 'classes' | 'times',
  sets: readonly SetRow[],
  surprise: Surprise,
): Ranked {
  const { classes, times, classesP, classesQ, timesAnyP, timesQ } = surprise;
  const of = (values: ArrayLike<number>, i: number): number => values[sets[i]?.index ?? -1] ?? 0;
  const size = (i: number): number => sets[i]?.filters.length ?? 0;
  const counts = kind === 'classes' ? classes : times;
  const [q, p] = kind === 'classes' ? [classesQ, classesP] : [timesQ, timesAnyP];
  return ranked(
    [...sets.keys()].filter((i) => of(counts, i) > 1),
    (i) => [of(q, i), of(p, i), -of(counts, i), -size(i)],
  );
}

/** Cells, by position in `cells`. */
export const rankCells = ({ cells }: Grid): Ranked =>
  ranked([...cells.keys()], (i) => keyOfCell(cells[i]));

const keyOfCell = (cell: Cell | undefined): Key => [
  cell?.q ?? 1,
  cell?.p ?? 1,
  -Math.abs(cell?.units ?? 0),
];
