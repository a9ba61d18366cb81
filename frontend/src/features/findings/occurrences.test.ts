import { expect, test } from 'vitest';

import type { Run } from '../../run/wire';
import { countOccurrences, describeValue, nameOccurrence } from './occurrences';
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
  expect(describeValue('restless_filters', occurrence(3, 12.5))).toBe(", 12.5 times the layer's");
  expect(describeValue('restless_filters', occurrence(3, null))).toBe(", ∞ times the layer's");
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
