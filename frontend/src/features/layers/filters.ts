import { max, quickselect } from 'd3-array';

import { byLargest, byTrend, lastActive, totals } from './matrix/order';
import {
  colorScale,
  divisors,
  measureSource,
  type ColorScale,
  type Divisors,
  type Matrix,
} from './matrix/plan';
import type { PixelSource } from '../../charts/pixels/plan';
import { nearest, type TimeScale } from '../../axis/scale';
import type { FilterIndex, LayerIndex, Step } from '../../wire/units';
import { roundingOf } from './matrix/rounding';
import { planRidges, type Ridges } from './ridges/plan';
import type { FilterOrder, Normalization } from './settings';
import type { LayerFilters } from './wire';

/** All that the pixel chart of a layer's filters shows. */
export interface FilterChart {
  readonly source: PixelSource;
  readonly colors: ColorScale;
  readonly divisors: Divisors;
  /** The logged filters that it is about. */
  readonly data: LayerFilters;
  /** Rows of the data from top to bottom. */
  readonly order: readonly number[];
}

/** The filter at a position of the chart, the first if a row stands for several. */
export function filterAt({ order, data }: FilterChart, position: number): FilterIndex | null {
  const row = order[position];
  return row === undefined ? null : row * data.block[0];
}

/** Position of a filter in the chart; -1 if it is not there. */
export const positionOf = ({ order, data }: FilterChart, filter: FilterIndex): number =>
  order.indexOf(Math.floor(filter / data.block[0]));

/** The row of the data that a filter is in. */
export const rowOf = ({ data }: FilterChart, filter: FilterIndex): number =>
  Math.floor(filter / data.block[0]);

/** What was logged of a filter: float32[columns of the data]. */
export function seriesOf(
  { values, steps, block }: LayerFilters,
  filter: FilterIndex,
): Float32Array {
  const row = Math.floor(filter / block[0]);
  return values.subarray(row * steps.length, (row + 1) * steps.length);
}

export interface FilterView {
  readonly normalize: Normalization;
  readonly filterOrder: FilterOrder;
  /** Null is what suits the values. */
  readonly logColors: boolean | null;
  /** The iteration whose values filters may be ordered by; null is the last. */
  readonly step: Step | null;
}

const medians = new WeakMap<LayerFilters, Float32Array>();

/** Median of the layer's filters at each column of the data, NaN without a finite value: float32[columns]. */
export function medianOf(data: LayerFilters): Float32Array {
  const known = medians.get(data);
  if (known) return known;
  const { values, rows, columns } = filterMatrix(data);
  const column = new Float64Array(rows);
  const found = Float32Array.from({ length: columns }, (_, at) => {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + at] ?? NaN;
      if (Number.isFinite(value)) column[count++] = value;
    }
    if (count === 0) return NaN;
    const middle = count >> 1;
    // Sorting the columns of a large layer would take a third of a second.
    quickselect(column, middle, 0, count - 1, (a, b) => Number(a) - Number(b));
    const upper = column[middle] ?? NaN;
    return count % 2 === 1 ? upper : (upper + (max(column.subarray(0, middle)) ?? upper)) / 2;
  });
  medians.set(data, found);
  return found;
}

/** What was logged of a layer's filters, as a matrix. */
export const filterMatrix = ({ values, steps }: LayerFilters): Matrix => ({
  values,
  rows: steps.length === 0 ? 0 : values.length / steps.length,
  columns: steps.length,
});

export function planFilters(data: LayerFilters, view: FilterView): FilterChart {
  const matrix = filterMatrix(data);
  const by = divisors(matrix, view.normalize);
  const { logColors } = view;
  // Divided by what differs from row to row, values have no magnitude that could be noise.
  const least = view.normalize === 'none' ? roundingOf(data.measure, data.steps) : 0;
  const coloring = logColors === null ? null : logColors ? 'log' : 'linear';
  const colors = colorScale(matrix, by, coloring, least);
  const at = nearest(data.steps, view.step ?? Infinity);
  return {
    source: measureSource(matrix, by, colors),
    colors,
    divisors: by,
    data,
    order: orderFilters(matrix, view.filterOrder, at),
  };
}

/** How the filters of charts are distributed at some dumps. */
export const planAllRidges = (
  charts: Iterable<readonly [LayerIndex, FilterChart]>,
  scale: TimeScale | null,
): ReadonlyMap<LayerIndex, Ridges> =>
  new Map(
    Array.from(charts).flatMap(([layer, { data, colors }]) =>
      scale
        ? [[layer, planRidges(filterMatrix(data), data.steps, scale, colors.isLog)] as const]
        : [],
    ),
  );

/** The charts of the layers whose filters are there. */
export const planCharts = (
  filters: Iterable<readonly [LayerIndex, { readonly data: LayerFilters | null }]>,
  view: FilterView,
): ReadonlyMap<LayerIndex, FilterChart> =>
  new Map(
    Array.from(filters).flatMap(([layer, { data }]) =>
      data ? [[layer, planFilters(data, view)] as const] : [],
    ),
  );

function orderFilters(matrix: Matrix, order: FilterOrder, at: number): readonly number[] {
  switch (order) {
    case 'index':
      return Array.from({ length: matrix.rows }, (_, row) => row);
    case 'value':
      return byLargest(
        Array.from(
          { length: matrix.rows },
          (_, row) => matrix.values[row * matrix.columns + at] ?? NaN,
        ),
      );
    case 'total':
      return byLargest(totals(matrix));
    case 'last':
      return byLargest(lastActive(matrix));
    case 'trend':
      return byTrend(matrix);
  }
}
