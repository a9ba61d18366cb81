import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { smoothed } from './smooth';

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const weights = fc.double({ min: 0, max: 0.99, noNaN: true });

/** The mean that the recursion stands for: what lies `d` values back weighs `weight ** d`. */
const mean = (values: readonly number[], weight: number): readonly number[] =>
  values.map((_, i) => {
    let [sum, all] = [0, 0];
    for (let d = 0; d <= i; d++) {
      sum += weight ** d * (values[i - d] ?? 0);
      all += weight ** d;
    }
    return sum / all;
  });

describe('smoothing', () => {
  test('is the exponentially weighted mean of what was until then', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 80 }), weights, (values, weight) => {
        const expected = mean(values, weight);
        smoothed(values, weight).forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
        });
      }),
    );
  });

  test('leaves out what is not finite', () => {
    expect(smoothed([1, NaN, 3], 0.5)).toEqual([1, NaN, (0.5 * 1 + 3) / 1.5]);
    expect(smoothed([1, Infinity, 1, 2], 0.5)[1]).toBe(Infinity);
  });

  test('of nothing, and of a constant, changes nothing', () => {
    expect(smoothed([3, 1, 2], 0)).toEqual([3, 1, 2]);
    expect(smoothed([0.1, 0.1, 0.1], 0.9)).toEqual([0.1, 0.1, 0.1]);
    expect(smoothed([], 0.9)).toEqual([]);
  });
});
