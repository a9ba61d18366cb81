import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { toY } from '../../charts/values/scale';
import type { Curve } from '../feature';
import { logTicks, onAxis, ownAxis, rateAxis, rateRange, valuesWithin } from './curves';

const curve = (values: readonly number[], more: Partial<Curve> = {}): Curve => ({
  steps: values.map((_, i) => i + 1),
  values,
  color: '',
  width: 1,
  isRate: true,
  here: null,
  ...more,
});

test('the values on screen are those at its iterations, the ends included', () => {
  expect(valuesWithin(timeScale(2, 4, 100), [1, 2, 3, 4, 5], [10, 20, 30, 40, 50])).toEqual([
    20, 30, 40,
  ]);
});

test('rates have one scale: from 0 as long as all is shown, close up what there is to see', () => {
  const curves = [curve([0.9, 0.5, 0.4]), curve([0.8, 0.6, 0.3])];
  expect(rateRange(curves, timeScale(1, 3, 100), false)).toEqual([0, 0.9]);
  expect(rateRange(curves, timeScale(2, 3, 100), true)).toEqual([0.3, 0.6]);
  expect(rateRange([curve([0.01, 0, 0])], timeScale(1, 3, 100), false)).toEqual([0, 0.05]);
  const texts = rateAxis(curves, timeScale(1, 3, 100), false, 110)?.ticks.map(({ text }) => text);
  expect(texts).toEqual(['0%', '20%', '40%', '60%', '80%']);
  expect(rateAxis([curve([1], { isRate: false })], timeScale(1, 3, 100), false, 110)).toBeNull();
});

describe('a curve that is no rate', () => {
  const all = timeScale(1, 4, 100);

  test('has an axis of its own, whose labels are at their values', () => {
    const axis = ownAxis(curve([4, 3, 2, 0], { isRate: false }), all, 100);
    expect(axis?.ticks).toEqual([0, 1, 2, 3, 4].map((v) => ({ y: 100 - 25 * v, text: String(v) })));
  });

  test('has on a logarithmic axis what is above 0, equal factors as far apart', () => {
    const axis = ownAxis(curve([1, 0.01, 0, -3], { isRate: false, isLog: true }), all, 100);
    if (!axis) throw new Error('no axis');
    expect(axis.ticks).toEqual([
      { y: 100, text: '0.01' },
      { y: 50, text: '0.1' },
      { y: 0, text: '1' },
    ]);
    const at = Array.from(onAxis(axis, [1, 0.1, 0, NaN]), (value) => toY(axis.y, value));
    expect(at).toEqual([0, 50, NaN, NaN]);
  });

  test('has labels below 0 where values are, and around it', () => {
    const texts = (values: number[]) =>
      ownAxis(curve(values, { isRate: false }), timeScale(1, 4, 100), 100)?.ticks.map(
        ({ y, text }) => [text, y],
      );
    expect(texts([-4, -3, -2, 0])).toEqual([
      ['−4', 100],
      ['−3', 75],
      ['−2', 50],
      ['−1', 25],
      ['0', 0],
    ]);
    expect(texts([-2, 0, 1, 2])?.map(([text]) => text)).toEqual(['−2', '−1', '0', '1', '2']);
  });

  test('has small and large labels without zeros that say nothing', () => {
    const axis = ownAxis(curve([1, 1e-4, 1e-2, 1e-1], { isLog: true }), all, 110);
    expect(axis?.ticks.map(({ text }) => text)).toEqual(['1e−4', '0.01', '1']);
  });

  test('of which nothing is on screen has none', () => {
    expect(ownAxis(curve([1, 2]), timeScale(5, 9, 100), 100)).toBeNull();
    expect(ownAxis(curve([0, -1], { isLog: true }), all, 100)).toBeNull();
  });
});

test('a logarithmic axis has few round labels, and at least two', () => {
  expect(logTicks(0.001, 1000, 110)).toEqual([0.001, 0.1, 10, 1000]);
  expect(logTicks(1.5, 8, 110)).toEqual([2, 5]);
  const exponent = fc.double({ min: -12, max: 12, noNaN: true });
  fc.assert(
    fc.property(exponent, fc.double({ min: 0.01, max: 20, noNaN: true }), (from, decades) => {
      const [low, high] = [10 ** from, 10 ** (from + decades)];
      const values = logTicks(low, high, 110);
      expect(values.length).toBeGreaterThanOrEqual(1);
      expect(values.length).toBeLessThanOrEqual(8);
      for (const value of values) {
        expect(value).toBeGreaterThanOrEqual(low * (1 - 1e-6));
        expect(value).toBeLessThanOrEqual(high * (1 + 1e-6));
      }
    }),
  );
});
