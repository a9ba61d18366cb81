/** Picks and p-values as text. */
import { formatCount, formatStep } from '../../charts/format';
import type { ClassIndex, LayerIndex } from '../../wire/units';
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
    pick.layer !== null && `${names.layer(pick.layer)}${filters}`,
    pick.class !== null && names.class(pick.class),
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

/** 0.004; the smallest that so many shuffles can tell as "≤ 0.001". */
export function formatP(p: number, shuffles: number): string {
  const min = 1 / (1 + shuffles);
  const digits = Math.max(2, Math.round(Math.log10(1 + shuffles)));
  return p <= min * 1.0001 ? `≤ ${min.toFixed(digits)}` : p.toFixed(digits);
}
