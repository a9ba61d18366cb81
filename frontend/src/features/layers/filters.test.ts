import { describe, expect, test } from 'vitest';

import type { LayerFilters } from './wire';
import {
  filterAt,
  filterMatrix,
  medianOf,
  positionOf,
  planFilters,
  seriesOf,
  type FilterView,
} from './filters';
import { axisOf, groupOf, nameOf, numbersOf, UPDATE_RATIO } from './statistics';

const data = (rows: readonly (readonly number[])[], block: 1 | 2 = 1): LayerFilters => ({
  layer: 'conv1',
  measure: 'change',
  block: [block, 1],
  steps: Array.from(rows[0] ?? [], (_, i) => 10 * i),
  values: Float32Array.from(rows.flat()),
});
const view: FilterView = { normalize: 'none', filterOrder: 'index', logColors: false, step: null };

describe('the filters of a layer', () => {
  const filters = data([
    [1, 1, 0],
    [0, 0, 9],
    [2, 2, 2],
  ]);

  test('are ordered by index, total or last activity', () => {
    const ordered = (filterOrder: FilterView['filterOrder']): readonly number[] =>
      planFilters(filters, { ...view, filterOrder }).order;
    expect(ordered('index')).toEqual([0, 1, 2]);
    expect(ordered('total')).toEqual([1, 2, 0]);
    expect(ordered('last')).toEqual([1, 2, 0]);
    expect(ordered('value')).toEqual([1, 2, 0]);
    const early = { ...view, filterOrder: 'value', step: 4 } as const;
    expect(planFilters(filters, early).order).toEqual([2, 0, 1]);
    expect([...ordered('trend')].sort()).toEqual([0, 1, 2]);
  });

  test('are found at their places, several in one row by the first', () => {
    for (const block of [1, 2] as const) {
      const chart = planFilters(
        { ...filters, block: [block, 1] },
        { ...view, filterOrder: 'total' },
      );
      [0, 1, 2].forEach((place) => {
        const filter = filterAt(chart, place) ?? NaN;
        expect(positionOf(chart, filter)).toBe(place);
        expect(positionOf(chart, filter + block - 1)).toBe(place);
        const row = chart.order[place] ?? NaN;
        expect(filter).toBe(block * row);
        expect(seriesOf(chart.data, filter + block - 1)).toEqual(
          filters.values.subarray(3 * row, 3 * row + 3),
        );
      });
      expect(filterAt(chart, 3)).toBeNull();
      expect(positionOf(chart, 3 * block)).toBe(-1);
    }
  });

  test('have a median at each dump, of those that have a finite value', () => {
    const of = data([
      [1, NaN, 5],
      [3, NaN, Infinity],
      [NaN, NaN, 9],
      [8, NaN, 7],
    ]);
    expect([...medianOf(of)]).toEqual([3, NaN, 7]);
  });

  test('without dumps have no rows', () => {
    expect(filterMatrix(data([]))).toMatchObject({ rows: 0, columns: 0 });
    expect(planFilters(data([]), view).order).toEqual([]);
  });
});

describe('a statistic', () => {
  test('has a name and a group', () => {
    expect(['weight_sd', 'gradient_max', 'update_ratio'].map(groupOf)).toEqual([
      'Weights',
      'Gradients',
      'Updates',
    ]);
    expect(nameOf('gradient_zero_share')).toBe('gradient zero share');
  });

  test('is drawn as it is, the update ratio by its magnitude', () => {
    const values = Float32Array.of(1e-3, 0, 10, -1, NaN);
    expect(axisOf('weight_sd').drawn(values)).toBe(values);
    expect(axisOf('weight_sd').drawnValue(-2)).toBe(-2);
    const { drawn, drawnValue, format, band } = axisOf(UPDATE_RATIO);
    expect([...drawn(values)].map((value) => Math.round(1e5 * value) / 1e5)).toEqual([
      -3,
      NaN,
      1,
      NaN,
      NaN,
    ]);
    expect(drawnValue(0.01)).toBeCloseTo(-2);
    expect(format(-1)).toBe('0.1');
    expect(band).toEqual([-4, -2]);
  });

  test('of a node has its part of the distributions', () => {
    const of = (first: number): Float32Array => Float32Array.of(0, 0, first, first + 1);
    const [min, q1, median, q3, max] = [of(1), of(3), of(5), of(7), of(9)] as const;
    const all = {
      of: 'weight',
      nodes: ['', 'a'],
      steps: [0, 1],
      min,
      q1,
      median,
      q3,
      max,
    } as const;
    const own = numbersOf(all, 1);
    expect([own.min, own.q1, own.median, own.q3, own.max].map((each) => [...each])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ]);
  });
});
