/** What is read of the grid at the pointer or the cursor. */
import { isolated } from '../../run/names';
import { formatCount, formatStep } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import type { Cell } from './cells';
import type { Grid } from './grid';
import type { Pick } from './picks';
import {
  classInWords,
  filtersInWords,
  formatExpected,
  formatP,
  pickInWords,
  setOf,
  type Names,
} from './words';

export interface Read {
  readonly title: string;
  readonly lines: readonly Reading[];
}

/** @param picks what is under the pointer; of a row of several layers, one for each */
export function readingOf(grid: Grid, picks: readonly Pick[], names: Names): Read | null {
  const [pick] = picks;
  if (!pick) return null;
  const column = grid.columns.findIndex((each) => each.class === pick.class);
  const row = grid.groups.findIndex(({ layers }) => layers.some((it) => it === pick.layer));
  const set = setOf(grid, pick);
  const group = grid.groups[row];
  const own = grid.columns[column];
  const cell = grid.cells[row * grid.columns.length + column];
  const lines: Reading[] = [];
  if (set) {
    lines.push(
      { label: 'filters', value: filtersInWords(set.filters).replace(/^filters? /, '') },
      { label: 'anomaly filters at', value: iterationsOf(set.steps.length, grid) },
    );
  }
  if (pick.step !== null) lines.push({ label: 'iteration', value: formatStep(pick.step) });
  if (own) lines.push({ label: 'the class flips at', value: iterationsOf(own.steps.length, grid) });
  if (group && own && cell) lines.push(...readCell(cell, group.layers.length > 1, names));
  else if (group && !set) {
    lines.push({
      label: 'anomaly filters of any class',
      value: formatStep(group.filters),
      unit: `in ${formatCount(group.end - group.first, 'mini-set')}`,
    });
  }
  const title = set
    ? [isolated(names.layer(set.layer)), own && classInWords(names.class(own.class))]
    : [group?.name, own && classInWords(names.class(own.class))];
  return {
    title: title.filter(Boolean).join(' × ') || pickInWords(grid, pick, names),
    lines,
  };
}

function readCell({ own, q, p, layer }: Cell, isOfSeveral: boolean, names: Names): Reading[] {
  const { observed, expected, low, high } = own;
  return [
    ...(isOfSeveral ? [{ label: 'farthest from expected', value: names.layer(layer) }] : []),
    { label: 'anomaly filters', value: formatStep(observed) },
    { label: 'expected', value: formatExpected(expected) },
    { label: '95% of chance', value: `${formatStep(low)} to ${formatStep(high)}` },
    { label: 'q', value: formatP(q), unit: `p ${formatP(p)}` },
  ];
}

const iterationsOf = (count: number, { steps }: Grid): string =>
  `${formatStep(count)} of ${formatCount(steps.length, 'iteration')}`;
