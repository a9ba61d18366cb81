/** Which classes are listed, and in which order. */
import { ascending, descending } from 'd3-array';

import type { ClassIndex } from '../../wire/units';
import type { Anomaly } from '../anomalies/api';
import type { ClassSort } from './settings';
import type { Clusters } from './wire';

const SORT_NAMES: Readonly<Record<ClassSort, string>> = {
  cluster: 'cluster, easy to hard',
  name: 'name',
  error: 'error, hardest first',
  anomaly: 'strongest anomaly',
};

/** What an order is called; without clusters there are none to go by. */
export const sortName = (sort: ClassSort, isUndivided: boolean): string =>
  sort === 'cluster' && isUndivided ? 'mean error, easy to hard' : SORT_NAMES[sort];

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

interface Facts {
  readonly names: readonly string[];
  /** Error rates at the pinned iteration, or at the last one. */
  readonly errors: ArrayLike<number>;
  readonly anomalies: ReadonlyMap<ClassIndex, readonly Anomaly[]>;
}

/** All classes in one list; null where they are listed by cluster. */
export function ranking(sort: ClassSort, facts: Facts): readonly ClassIndex[] | null {
  const { names, errors, anomalies } = facts;
  const classes = names.map((_, i): ClassIndex => i);
  switch (sort) {
    case 'cluster':
      return null;
    case 'name':
      return classes.sort((a, b) => natural.compare(names[a] ?? '', names[b] ?? '') || a - b);
    case 'error':
      return classes.sort((a, b) => descending(rank(errors[a]), rank(errors[b])) || a - b);
    case 'anomaly': {
      const strongest = classes.map((index) =>
        Math.max(0, ...(anomalies.get(index) ?? []).map(({ score }) => score)),
      );
      return classes.sort((a, b) => descending(strongest[a], strongest[b]) || ascending(a, b));
    }
  }
}

/** Classes from easy to hard where they are all in one cluster, which need not be drawn; else null. */
export function undivided(
  clusters: Clusters | null,
  classByName: ReadonlyMap<string, ClassIndex>,
): readonly ClassIndex[] | null {
  const [only, ...others] = clusters?.clusters ?? [];
  if (!only || others.length > 0) return null;
  return only.classes.map((name) => classByName.get(name)).filter((index) => index !== undefined);
}

/** What was never evaluated comes last. */
const rank = (error = NaN): number => (Number.isNaN(error) ? -1 : error);

/** Whether all words of a search are in a name. */
export function matches(search: string, name: string): boolean {
  const text = name.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
