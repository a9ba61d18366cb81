/** What is read of the cube at the pointer or the cursor, and where. */
import { nearest, toX } from '../../axis/scale';
import { formatRate, formatStep, formatValue } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import { apply, type Point } from '../../charts/scene/affine';
import type { Step } from '../../wire/units';
import {
  type Grid,
  type MiniSetFilters,
  type Names,
  type Pick,
  readingOf,
  setOf,
} from '../correlation/api';
import type { ErrorRates } from '../validation/api';
import type { Cube, Face } from './geometry';
import type { CubeScales } from './scene';

export interface CubeRead {
  readonly title: string;
  readonly lines: readonly Reading[];
}

export interface Values {
  readonly measure: string;
  readonly filters: MiniSetFilters | null;
  readonly rates: ErrorRates | null;
}

/** @param step the iteration that is pointed at, whether or not anything flips there */
export function readCube(
  grid: Grid,
  picks: readonly Pick[],
  step: number | null,
  values: Values,
  names: Names,
): CubeRead | null {
  const read = readingOf(grid, picks, names);
  const [pick] = picks;
  if (!read || !pick || step === null) return read;
  const set = setOf(grid, pick);
  const lines: Reading[] = [];
  /** The iteration whose value is read: the nearest one that has any. */
  const at = (steps: readonly Step[]): number => {
    const i = nearest(steps, step);
    if (pick.step === null) lines.push({ label: 'iteration', value: formatStep(steps[i] ?? step) });
    return i;
  };
  const { filters, rates } = values;
  if (set && filters && filters.steps.length > 0) {
    const n = filters.steps.length;
    const i = at(filters.steps);
    const each = Array.from(
      set.filters,
      (_, j) => filters.values[(set.row + j) * n + i] ?? NaN,
    ).filter((value) => !Number.isNaN(value));
    lines.push({
      label: `${values.measure.replaceAll('_', ' ')}${set.filters.length > 1 ? ', largest' : ''}`,
      value: formatValue(each.length > 0 ? each.reduce(farther) : NaN),
    });
  } else if (pick.layer === null && pick.class !== null && rates && rates.steps.length > 0) {
    const rate = rates.classes[pick.class * rates.steps.length + at(rates.steps)] ?? NaN;
    lines.push({ label: 'error rate', value: formatRate(rate) });
  }
  return { ...read, lines: [...read.lines, ...lines] };
}

const farther = (a: number, b: number): number => (Math.abs(b) > Math.abs(a) ? b : a);

/** Where on a face a pick is, within the chart: its middle where it is open. */
export function placeOf(grid: Grid, cube: Cube, scales: CubeScales, face: Face, pick: Pick): Point {
  const { matrix, width, height } = cube[face];
  const middle = ({ from, to }: { from: number; to: number }): number => (from + to) / 2;
  const row =
    setOf(grid, pick) ??
    grid.groups.find(({ layers }) => layers.some((layer) => layer === pick.layer));
  const column = grid.columns.find((each) => each.class === pick.class);
  const deep = column ? toX(scales.classes, middle(column)) : null;
  const time = pick.step === null ? width / 2 : toX(scales.time, pick.step);
  const x = face === 'right' ? (deep ?? width / 2) : time;
  const y =
    face === 'top' ? (deep ?? height / 2) : row ? toX(scales.rows, middle(row)) : height / 2;
  return apply(matrix, {
    x: Math.min(width, Math.max(0, x)),
    y: Math.min(height, Math.max(0, y)),
  });
}

/** The iteration of a pick, or else the one that is pointed at. */
export const stepOf = ([pick]: readonly Pick[], pointed: Step | null): Step | null =>
  pick?.step ?? pointed;
