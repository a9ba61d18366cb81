import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { planFilters } from './filters';
import { readBox, readFilter, readRidge, titleOf } from './readings';
import { planRidges } from './ridges/plan';

const data = {
  layer: 'conv1',
  measure: 'weight_norm',
  block: [1, 1],
  steps: [0, 10],
  values: Float32Array.of(1, 2, 4, 0.5),
} as const;
const view = { filterOrder: 'index', logColors: null, step: null } as const;

test('a filter is read with its value, and with its share where shares are shown', () => {
  const values = (normalize: 'none' | 'filter' | 'iteration'): readonly string[] =>
    readFilter(planFilters(data, { ...view, normalize }), 1, 1).map(({ value }) => value);
  expect(values('none')).toEqual(['0.5']);
  expect(values('filter')).toEqual(['0.5', '12.5%']);
  expect(values('iteration')).toEqual(['0.5', '25.0%']);
});

test('a row that stands for several filters says that it is their mean', () => {
  const blocks = planFilters({ ...data, block: [2, 1] }, { ...view, normalize: 'filter' });
  expect(readFilter(blocks, 3, 1)).toEqual([
    { label: 'mean weight norm of filter 3', value: '0.5' },
    { label: "of the filter's largest", value: '12.5%' },
  ]);
});

test('a box is read from top to bottom', () => {
  const five = { min: [1], q1: [2], median: [3], q3: [4], max: [5] };
  const numbers = Object.fromEntries(
    Object.entries(five).map(([name, values]) => [name, Float32Array.from(values)]),
  ) as never;
  expect(readBox(numbers, 0).map(({ value }) => value)).toEqual(['5', '4', '3', '2', '1']);
});

test('a ridge is read by value, with those that have no place on its axis', () => {
  const values = Float32Array.of(1e-4, 1e-4, 1, 0);
  const ridges = planRidges({ values, rows: 4, columns: 1 }, [5], timeScale(0, 10, 50), true);
  const [ridge] = ridges.ridges;
  if (!ridge) throw new Error('no ridge');
  const [bottom, off] = readRidge(ridges, ridge, 0);
  expect(bottom).toMatchObject({ label: '1.00e−4 to 1.26e−4', unit: 'filters' });
  expect(off).toEqual({ label: 'at 0, not drawn', value: '1 filter' });
});

test('what is read is named with its iteration', () => {
  expect([titleOf('conv1', 1200), titleOf('conv1', null)]).toEqual([
    'conv1, iteration 1,200',
    'conv1',
  ]);
});
