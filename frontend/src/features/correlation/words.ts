/** Picks and p-values as text. */
import { isolated } from '../../run/names';
import { formatCount, formatStep } from '../../charts/format';
import type { ClassIndex, LayerIndex } from '../../wire/units';
import type { Cell } from './cells';
import type { Grid, SetRow } from './grid';
import type { Pick } from './picks';

export interface Names {
  readonly layer: (index: LayerIndex) => string;
  readonly class: (index: ClassIndex) => string;
}

/** The mini-set that a pick is in; undefined if it is open or has been left out. */
export const setOf = (grid: Grid, { layer, filter }: Pick): SetRow | undefined =>
  layer === null || filter === null
    ? undefined
    : grid.sets.find((set) => set.layer === layer && set.filters.includes(filter));

const SHOWN = 4;

/** filters 3, 17, 29 */
export function filtersInWords(filters: ArrayLike<number>): string {
  const shown = Array.from(filters).slice(0, SHOWN).join(', ');
  const more = filters.length - SHOWN;
  return `${filters.length === 1 ? 'filter' : 'filters'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/** conv1, filters 3, 17, 29 · class 012 · iteration 808,000 */
export function pickInWords(grid: Grid, pick: Pick, names: Names): string {
  const set = setOf(grid, pick);
  const filters = set ? `, ${filtersInWords(set.filters)}` : '';
  return [
    pick.layer !== null && `${isolated(names.layer(pick.layer))}${filters}`,
    pick.class !== null && classInWords(names.class(pick.class)),
    pick.step !== null && `iteration ${formatStep(pick.step)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

export function picksInWords(grid: Grid, picks: readonly Pick[], names: Names): string {
  const [first, ...others] = picks;
  if (!first) return '';
  const more = others.length > 0 ? ` and ${formatCount(others.length, 'more', 'more')}` : '';
  return pickInWords(grid, first, names) + more;
}

/** 0.004; less than a thousandth as "< 0.001". */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** 5.2; whole numbers from 100 on. */
export const formatExpected = (expected: number): string =>
  expected.toFixed(expected < 99.95 ? 1 : 0);

/** "class 8" for a class called 8, as a number says nothing beside other numbers. */
export const classInWords = (name: string): string =>
  /^\d/.test(name) ? `class ${name}` : isolated(name);

/** 12 anomaly filters; 5.2 expected, 1 to 10 by chance; q 0.040 */
export function cellInWords({ own, q }: Cell): string {
  const { observed, expected, low, high } = own;
  const chance = `${formatExpected(expected)} expected, ${low} to ${high} by chance`;
  return `${formatCount(observed, 'anomaly filter')}; ${chance}; q ${formatP(q)}`;
}
