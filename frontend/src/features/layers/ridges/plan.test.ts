import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale } from '../../../axis/scale';
import { valueScale } from '../../../charts/values/scale';
import { BINS, binOf, planRidges, ridgeAt, ridgePath } from './plan';

const matrix = (rows: readonly (readonly number[])[]) => ({
  values: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
});
const steps = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => 10 * i);

describe('ridge lines', () => {
  test('count every filter with a value once, at each dump that is drawn', () => {
    const value = fc.constantFrom(0, -1, 0.5, 3, 1e-7, 40, NaN, Infinity);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((columns) =>
          fc.array(fc.array(value, { minLength: columns, maxLength: columns }), {
            minLength: 1,
            maxLength: 30,
          }),
        ),
        fc.boolean(),
        (rows, isLog) => {
          const all = matrix(rows);
          const scale = timeScale(0, 10 * all.columns, 800);
          const { ridges } = planRidges(all, steps(all.columns), scale, isLog);
          for (const { column, density, off } of ridges) {
            const own = rows.map((row) => row[column] ?? NaN).filter(Number.isFinite);
            const placed = isLog ? own.filter((it) => it > 0).length : own.length;
            expect(density.reduce((a, b) => a + b, 0)).toBeCloseTo(placed, 9);
            expect(off).toBe(own.length - placed);
          }
        },
      ),
    );
  });

  test('are of dumps, not closer than they can be told apart, and in sight', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 60, max: 900 }),
        (n, width) => {
          const all = matrix([steps(n).map((_, i) => i), steps(n).map((_, i) => 2 * i)]);
          const scale = timeScale(50, 50 + 5 * n, width);
          const { ridges } = planRidges(all, steps(n), scale, false);
          expect(ridges.length).toBeLessThanOrEqual(Math.ceil(width / 56) + 1);
          for (const { step, x } of ridges) {
            expect(steps(n)).toContain(step);
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x).toBeLessThanOrEqual(width);
          }
          expect(ridges.map(({ step }) => step)).toEqual(
            ridges.map(({ step }) => step).sort((a, b) => a - b),
          );
        },
      ),
    );
  });

  test('have room for their lines where there are enough dumps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 900 }), (width) => {
        const n = Math.ceil(width / 10);
        const all = matrix([steps(n).map((_, i) => i)]);
        const { ridges } = planRidges(all, steps(n), timeScale(0, 10 * n, width), false);
        expect(ridges).toHaveLength(Math.max(1, Math.floor(width / 56)));
        for (const { x } of ridges) expect(x).toBeLessThanOrEqual(width - 56 + 11);
      }),
    );
  });

  test('are of dumps that have values: the first dump has no change', () => {
    const all = matrix([[NaN, 1, 2, 3]]);
    const { ridges } = planRidges(all, steps(4), timeScale(0, 40, 56), false);
    expect(ridges.map(({ column }) => column)).toEqual([1]);
  });

  test('have their peak where most filters are, and reach the longest there', () => {
    const rows = [[0], [10], [7.1], [7.1], [7.1]];
    const ridges = planRidges(matrix(rows), [0], timeScale(0, 10, 100), false);
    const [ridge] = ridges.ridges;
    const density = Array.from(ridge?.density ?? []);
    expect(density.indexOf(Math.max(...density))).toBe(binOf([0, 10], 7.1));
    expect(ridges.highest).toBe(Math.max(...density));
    const path = ridge ? ridgePath(ridge, ridges, valueScale([0, 10], 80)) : '';
    const points = path
      .slice(1, -1)
      .split('L')
      .map((it) => it.split(',').map(Number));
    expect(Math.max(...points.map(([x = 0]) => x))).toBeCloseTo(ridges.width, 0);
    expect(points).toHaveLength(BINS + 2);
  });

  test('give each order of magnitude the same room on a logarithmic axis', () => {
    const { range } = planRidges(matrix([[1e-4], [1e-1], [0]]), [0], timeScale(0, 1, 9), true);
    expect(range?.map((it) => Math.round(it))).toEqual([-4, -1]);
    const bin = (value: number): number => binOf([-4, -1], Math.log10(value));
    expect(bin(1.01e-2) - bin(1.01e-3)).toBeCloseTo(bin(1.01e-3) - bin(1.01e-4), -1);
  });

  test('are read where they are, and there are none without values', () => {
    const two = planRidges(matrix([[1, 2, 3]]), [0, 50, 100], timeScale(0, 100, 200), false);
    expect(ridgeAt(two, 150)?.step).toBe(50);
    expect(ridgeAt(two, 250)?.step).toBe(100);
    const none = planRidges(matrix([[NaN]]), [0], timeScale(0, 1, 9), false);
    expect([none.ridges, none.range, ridgeAt(none, 3)]).toEqual([[], null, null]);
  });
});
