import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Run } from '../../run/wire';
import {
  countOccurrences,
  describeHolding,
  describeValue,
  describeValues,
  groupOccurrences,
  nameOccurrence,
  statisticOf,
} from './occurrences';
import type { Occurrence } from './wire';

const occurrence = (filter: number | null, value: number | null, unknown = false): Occurrence => ({
  layer: 1,
  filter,
  imageSet: null,
  step: 0,
  until: 10,
  value,
  unknown,
});

test('an occurrence is about a layer or one of its filters', () => {
  const run = { layers: [{ name: 'a' }, { name: 'b.conv' }] } as unknown as Run;
  expect(nameOccurrence(run, occurrence(null, 0))).toBe('b.conv');
  expect(nameOccurrence(run, occurrence(7, 0))).toBe('b.conv, filter 7');
});

test('values are told where the rule compares them', () => {
  expect(describeValue('update_ratio_low', occurrence(null, 0.00005))).toBe(', median 5.00e−5');
  expect(describeValue('restless_filters', occurrence(3, 12.5))).toBe(
    ", 12.5 times the layer's median",
  );
  expect(describeValue('restless_filters', occurrence(3, null))).toBe(
    ", ∞ times the layer's median",
  );
  expect(describeValue('dead_filters', occurrence(3, 0))).toBe('');
  expect(describeValue('non_finite_gradients', occurrence(null, null))).toBe('');
  expect(describeValue('non_finite_gradients', occurrence(null, null, true))).toBe(
    ', missing or not a number: this log does not say',
  );
});

test('an occurrence may be about validations of an image set', () => {
  const run = { layers: [] } as unknown as Run;
  const about = { ...occurrence(null, 3), layer: null, imageSet: 'train' };
  expect(nameOccurrence(run, about)).toBe('Image set train');
  expect(describeValue('non_finite_scores', about)).toBe(', up to 3 images');
  expect(describeValue('non_finite_scores', { ...about, value: 1 })).toBe(', up to 1 image');
});

test('what occurrences are about is counted', () => {
  const [whole, filter] = [occurrence(null, 0), occurrence(2, 0)];
  expect(countOccurrences([whole])).toBe('1 layer');
  expect(countOccurrences([filter, occurrence(3, 0)])).toBe('2 filters in 1 layer');
  const about = { ...whole, layer: null, imageSet: 'train' };
  expect(countOccurrences([about])).toBe('1 stretch');
  expect(countOccurrences([about, about])).toBe('2 stretches');
});

const layers = (count: number): Run =>
  ({ layers: Array.from({ length: count }, (_, i) => ({ name: `l${i}`, filters: 6 })) }) as never;
const at = (layer: number, filter: number | null, step = 0, until = 9): Occurrence => ({
  ...occurrence(filter, step),
  layer,
  step,
  until,
});
const names = (run: Run, all: readonly Occurrence[]): readonly string[] =>
  groupOccurrences(run, all).map(({ name }) => name);

test('what says the same of many layers is one row, and of the filters of a layer', () => {
  const run = layers(22);
  const every = run.layers.map((_, i) => at(i, null));
  expect(names(run, every)).toEqual(['All 22 layers']);
  expect(names(run, every.slice(0, 12))).toEqual(['12 of 22 layers']);
  expect(names(run, every.slice(0, 2))).toEqual(['l0', 'l1']);
  const filters = [0, 1, 2, 4].map((filter) => at(3, filter));
  expect(names(run, [...filters, at(5, 1)])).toEqual(['l3, 4 of 6 filters', 'l5, filter 1']);
  const stretches = [0, 10, 20, 30].map((step) => ({
    ...at(0, null, step, step),
    layer: null,
    imageSet: 'train',
  }));
  expect(names(run, stretches)).toEqual(['Image set train, 4 stretches']);
});

test('a row of several says when any and when all of them hold, and their values', () => {
  const all = [at(0, null, 10, 50), at(1, null, 20, 60), at(2, null, 5, 40), at(3, null, 15, 45)];
  const [group] = groupOccurrences(layers(9), all);
  expect(group).toMatchObject({ any: [5, 60], all: [20, 40] });
  const apart = [...all, at(4, null, 70, 80)];
  expect(groupOccurrences(layers(9), apart)[0]?.all).toBeNull();
  expect(describeValues('update_ratio_low', all)).toBe(', medians 5 to 20');
  expect(describeValues('frozen_layers', all)).toBe('');
  expect(describeValues('update_ratio_low', all.slice(0, 1))).toBe(', median 10');
});

test('every occurrence is in one group, and no two groups have one key', () => {
  const about = fc.record({ layer: fc.nat(4), filter: fc.option(fc.nat(5)) });
  fc.assert(
    fc.property(fc.array(about, { maxLength: 40 }), (some) => {
      const all = some.map(({ layer, filter }, i) => at(layer, filter, i, i + 3));
      const groups = groupOccurrences(layers(5), all);
      const grouped = groups.flatMap(({ occurrences }) => occurrences);
      expect(new Set(grouped)).toEqual(new Set(all));
      expect(grouped).toHaveLength(all.length);
      expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
    }),
  );
});

test('a finding about a layer leads to the statistic that its rule compares', () => {
  expect(statisticOf('update_ratio_high')).toBe('update_ratio');
  expect(statisticOf('non_finite_gradients')).toBe('gradient_max');
  expect(statisticOf('dead_filters')).toBeNull();
});

test('it is told at an iteration for how many a rule holds', () => {
  const until5 = { ...occurrence(null, 0), until: 5 };
  expect(describeHolding([until5], 5, false)).toBe('yes');
  expect(describeHolding([until5], 6, false)).toBe('no');
  expect(describeHolding([until5, occurrence(null, 0)], 6, false)).toBe('1 of 2');
  expect(describeHolding([until5, occurrence(null, 0)], 6, true)).toBe('yes');
});
