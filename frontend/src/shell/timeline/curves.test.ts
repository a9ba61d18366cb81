import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import type { Curve } from '../feature';
import { rateRange, valuesWithin } from './curves';

test('the values on screen are those at its iterations, the ends included', () => {
  expect(valuesWithin(timeScale(2, 4, 100), [1, 2, 3, 4, 5], [10, 20, 30, 40, 50])).toEqual([
    20, 30, 40,
  ]);
});

test('rates have one scale: from 0 as long as all is shown, close up what there is to see', () => {
  const curve = (values: readonly number[]): Curve => ({
    steps: [1, 2, 3],
    values,
    color: '',
    width: 1,
    isRate: true,
    here: null,
  });
  const curves = [curve([0.9, 0.5, 0.4]), curve([0.8, 0.6, 0.3])];
  expect(rateRange(curves, timeScale(1, 3, 100), false)).toEqual([0, 0.9]);
  expect(rateRange(curves, timeScale(2, 3, 100), true)).toEqual([0.3, 0.6]);
  expect(rateRange([curve([0.01, 0, 0])], timeScale(1, 3, 100), false)).toEqual([0, 0.05]);
});
