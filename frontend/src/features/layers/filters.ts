import { byLargest, byTrend, lastActive, totals } from './matrix/order';
import { colorScale, divisors, measureSource, type ColorScale, type Matrix } from './matrix/plan';
import type { PixelSource } from '../../charts/pixels/plan';
import type { FilterIndex } from '../../wire/units';
import type { FilterOrder, Normalization } from './settings';
import type { LayerFilters } from './wire';

/** All that the pixel chart of a layer's filters shows. */
export interface FilterChart {
  readonly source: PixelSource;
  readonly colors: ColorScale;
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
  readonly logColors: boolean;
}

/** What was logged of a layer's filters, as a matrix. */
export const filterMatrix = ({ values, steps }: LayerFilters): Matrix => ({
  values,
  rows: steps.length === 0 ? 0 : values.length / steps.length,
  columns: steps.length,
});

export function planFilters(data: LayerFilters, view: FilterView): FilterChart {
  const matrix = filterMatrix(data);
  const colors = colorScale(matrix, view.normalize !== 'none', view.logColors);
  return {
    source: measureSource(matrix, divisors(matrix, view.normalize), colors),
    colors,
    data,
    order: orderFilters(matrix, view.filterOrder),
  };
}

function orderFilters(matrix: Matrix, order: FilterOrder): readonly number[] {
  switch (order) {
    case 'index':
      return Array.from({ length: matrix.rows }, (_, row) => row);
    case 'total':
      return byLargest(totals(matrix));
    case 'last':
      return byLargest(lastActive(matrix));
    case 'trend':
      return byTrend(matrix);
  }
}
