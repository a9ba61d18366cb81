import { expect, test } from 'vitest';

import type { Place, Run } from '../../run/wire';
import { describeValue, namePlace } from './places';

const place = (filter: number | null, value: number | null): Place => ({
  layer: 1,
  filter,
  step: 0,
  until: 10,
  value,
});

test('a place is a layer or one of its filters', () => {
  const run = { layers: [{ name: 'a' }, { name: 'b.conv' }] } as unknown as Run;
  expect(namePlace(run, place(null, 0))).toBe('b.conv');
  expect(namePlace(run, place(7, 0))).toBe('b.conv, filter 7');
});

test('values are told where the rule compares them', () => {
  expect(describeValue('update_ratio_low', place(null, 0.00005))).toBe(', median 5.00e−5');
  expect(describeValue('restless_filters', place(3, 12.5))).toBe(", 12.5 times the layer's");
  expect(describeValue('restless_filters', place(3, null))).toBe(", ∞ times the layer's");
  expect(describeValue('dead_filters', place(3, 0))).toBe('');
});
