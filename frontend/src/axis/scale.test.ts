import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  extentOfColumns,
  nearest,
  pixelColumns,
  stepTicks,
  timeScale,
  toStep,
  toX,
  valueNear,
} from './scale';

const steps = fc
  .uniqueArray(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 60 })
  .map((some) => some.sort((a, b) => a - b));

describe('the axis of iterations', () => {
  test('goes to pixels and back', () => {
    const scale = timeScale(100, 300, 800);
    expect(toX(scale, 200)).toBe(400);
    expect(toStep(scale, 400)).toBe(200);
  });

  test('finds the nearest step as looking at all of them does', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: -100, max: 11_000 }), (all, step) => {
        const distances = all.map((each) => Math.abs(each - step));
        expect(Math.abs((all[nearest(all, step)] ?? NaN) - step)).toBe(Math.min(...distances));
      }),
    );
    expect(nearest([], 5)).toBe(-1);
  });

  test('has values at what is near, and none where there is none yet', () => {
    const [at, values] = [
      [10, 20, 40],
      [1, 2, 4],
    ];
    const read = (step: number): number => valueNear(at, values, step);
    expect([10, 14, 16, 29, 31, 40].map(read)).toEqual([1, 1, 2, 2, 4, 4]);
    expect([5, 50].map(read)).toEqual([1, 4]);
    expect([4, 51, 60].map(read)).toEqual([NaN, NaN, NaN]);
    expect(valueNear([7], [3], 7)).toBe(3);
    expect(valueNear([7], [3], 8)).toBeNaN();
    expect(valueNear([], [], 8)).toBeNaN();
  });

  test('leaves no column out and invents none', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 400 }), (all, pixels) => {
        const [from, to] = extentOfColumns(all) ?? [0, 1];
        const { first, end } = pixelColumns(all, timeScale(from, to, pixels), pixels);
        const seen = new Set<number>();
        for (let x = 0; x < pixels; x++) {
          const start = first[x] ?? -1;
          if (start < 0) continue;
          for (let i = start; i < (end[x] ?? 0); i++) seen.add(i);
        }
        expect([...seen].sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
      }),
    );
  });

  test('shows only the columns of the window it is zoomed to', () => {
    const { first, end } = pixelColumns([0, 10, 20, 30, 40], timeScale(10, 30, 20), 20);
    expect(Array.from(first)).toEqual([
      ...Array<number>(5).fill(1),
      ...Array<number>(10).fill(2),
      ...Array<number>(5).fill(3),
    ]);
    expect(end[0]).toBe(2);
  });

  test('has ticks at whole iterations only', () => {
    expect(stepTicks(timeScale(0, 3, 900))).toEqual([0, 1, 2, 3]);
  });
});
