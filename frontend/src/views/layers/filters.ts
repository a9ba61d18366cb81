import { byLargest, byTrend, lastActive, totals } from '../../charts/matrix/order';
import {
  colorScale,
  divisors,
  measureSource,
  type ColorScale,
  type Matrix,
} from '../../charts/matrix/plan';
import type { PixelSource } from '../../charts/pixels/plan';
import type { Settings } from '../../state/settings';
import type { LayerFilters } from '../../wire/api';
import type { FilterIndex } from '../../wire/units';

/** All that the pixel chart of a layer's filters shows. */
export interface FilterChart {
  readonly source: PixelSource;
  readonly colors: ColorScale;
  /** Filters from top to bottom. */
  readonly order: readonly FilterIndex[];
}

export type FilterView = Pick<Settings, 'normalize' | 'filterOrder' | 'logColors'>;

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
    order: orderFilters(matrix, view.filterOrder),
  };
}

function orderFilters(matrix: Matrix, order: Settings['filterOrder']): readonly FilterIndex[] {
  switch (order) {
    case 'index':
      return Array.from({ length: matrix.rows }, (_, filter) => filter);
    case 'total':
      return byLargest(totals(matrix));
    case 'last':
      return byLargest(lastActive(matrix));
    case 'trend':
      return byTrend(matrix);
  }
}
