import { expect, test } from 'vitest';

import type { AnomalyCount } from '../anomalies/api';
import { openingOf } from './opening';

const at = (step: number, flips: number, score = 0.5): AnomalyCount => ({
  step,
  flips,
  score,
  classes: new Set([1, 2]),
});
const rates = {
  steps: [0, 10, 20, 30, 40],
  overall: Float32Array.of(0.9, 0.9, 0.25, 0.75, 0.25),
};

test('what flips when much is right tells more than what flips when nothing is learned', () => {
  const opening = openingOf([at(10, 90, 1), at(30, 60, 0.4), at(40, 70)], rates);
  expect(opening).toEqual({ step: 30, flips: 60, classes: 2, right: 0.75 });
});

test('a run without anomalies has no such place', () => {
  expect(openingOf([], rates)).toBeNull();
  // Nothing is known of before the first validation.
  expect(openingOf([at(0, 50)], rates)).toBeNull();
});
