/** The classes of two runs as rows: what is written of each, and in which order. */
import type { ClassIndex } from '../../wire/units';
import type { Sort } from './settings';

/** What the server says of a class in two runs; the shown run's first. */
export interface Told {
  readonly class: string;
  readonly error: readonly (number | null)[];
  readonly lost: number;
  readonly won: number;
  /** Share of the images that the two predict as different classes; null without any. */
  readonly churn: number | null;
  /** By how much the other run was earlier, on the common axis; null where one never was there. */
  readonly earlier: number | null;
}

export type ClassRow<T extends Told = Told> = T & {
  /** Position in the shown run. */
  readonly index: ClassIndex;
  /** The other run's error less the shown one's; NaN where not both are known. */
  readonly difference: number;
};

export const SORT_NAMES: Readonly<Record<Sort, string>> = {
  difference: 'difference of error',
  earlier: 'learned earlier by',
  lost: 'lost images',
  churn: 'churn',
  error: 'error',
  name: 'name',
};

const descending = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : b - a;

/** First what the other run lost most of, what is learned latest, what is wrong most. */
export function sortedRows<T extends Told>(
  classes: readonly T[],
  indexOf: ReadonlyMap<string, ClassIndex>,
  sort: Sort,
): readonly ClassRow<T>[] {
  const rows = classes.map((each) => ({
    ...each,
    index: indexOf.get(each.class) ?? -1,
    difference: (each.error[1] ?? NaN) - (each.error[0] ?? NaN),
  }));
  const keys: Readonly<Record<Sort, (row: (typeof rows)[number]) => number>> = {
    difference: ({ difference }) => difference,
    earlier: ({ earlier }) => earlier ?? NaN,
    lost: ({ lost }) => lost,
    churn: ({ churn }) => churn ?? NaN,
    error: ({ error }) => Math.max(error[0] ?? NaN, error[1] ?? NaN),
    name: () => 0,
  };
  const byName = new Intl.Collator(undefined, { numeric: true }).compare;
  return rows.sort((a, b) => descending(keys[sort](a), keys[sort](b)) || byName(a.class, b.class));
}

/** Percentage points with their sign; a dash where there are none. */
export function formatPoints(difference: number): string {
  if (!Number.isFinite(difference)) return '–';
  const text = Math.abs(100 * difference).toFixed(1);
  return text === '0.0' ? '0.0' : `${difference < 0 ? '−' : '+'}${text}`;
}

/** A probability as it is usually written. */
export function formatP(p: number): string {
  if (!Number.isFinite(p)) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(p < 0.1 ? 3 : 2);
}
