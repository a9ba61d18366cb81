import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale } from '../../../axis/scale';
import { valueScale } from '../../../charts/values/scale';
import { boxPaths, planBoxes, type FiveNumbers } from './plan';

const numbers = (rows: readonly (readonly number[])[]): FiveNumbers => {
  const column = (i: number): Float32Array => Float32Array.from(rows, (row) => row[i] ?? NaN);
  return { min: column(0), q1: column(1), median: column(2), q3: column(3), max: column(4) };
};

describe('box plots', () => {
  test('are one a dump where there is room', () => {
    const boxes = planBoxes(
      [0, 10],
      numbers([
        [1, 2, 3, 4, 5],
        [2, 3, 4, 5, 6],
      ]),
      timeScale(0, 10, 400),
    );
    expect(
      boxes.map(({ x, min, q1, median, q3, max, dumps }) => [x, min, q1, median, q3, max, dumps]),
    ).toEqual([
      [0, 1, 2, 3, 4, 5, 1],
      [400, 2, 3, 4, 5, 6, 1],
    ]);
  });

  test('of several dumps reach to their extremes and have their mean quartiles', () => {
    const boxes = planBoxes(
      [0, 1],
      numbers([
        [1, 2, 3, 4, 9],
        [-1, 4, 5, 6, 8],
      ]),
      timeScale(0, 100, 100),
    );
    expect(boxes).toHaveLength(1);
    expect(boxes[0]).toMatchObject({ min: -1, q1: 3, median: 4, q3: 5, max: 9, dumps: 2 });
  });

  test('stand for every dump with finite numbers, and do not overlap', () => {
    const dumps = fc.array(fc.constantFrom(1, NaN, Infinity), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(dumps, fc.integer({ min: 20, max: 400 }), (values, width) => {
        const steps = values.map((_, i) => i);
        const rows = values.map((value) => [0, 1, 2, 3, value]);
        const boxes = planBoxes(
          steps,
          numbers(rows),
          timeScale(0, Math.max(1, values.length - 1), width),
        );
        const finite = values.filter(Number.isFinite).length;
        expect(boxes.reduce((sum, box) => sum + box.dumps, 0)).toBe(finite);
        const slots = new Set(boxes.map(({ x }) => Math.floor(x / 9)));
        expect(slots.size).toBe(boxes.length);
      }),
    );
  });

  test('of two runs stand beside each other, and do not overlap', () => {
    const steps = [...Array(80).keys()];
    const rows = numbers(steps.map(() => [0, 1, 2, 3, 4]));
    const [own = [], other = []] = [0, 1].map((at) =>
      planBoxes(steps, rows, timeScale(0, 79, 400), { at, of: 2 }),
    );
    expect(own.length).toBeGreaterThan(10);
    own.forEach((box, i) => {
      const beside = other[i];
      expect(beside?.dumps).toBe(box.dumps);
      expect((beside?.x ?? NaN) - box.x).toBeGreaterThan(box.width);
    });
  });

  test('are drawn from their numbers', () => {
    const [box] = planBoxes([0], numbers([[0, 1, 2, 3, 4]]), timeScale(0, 1, 10));
    const paths = boxPaths(box ? [{ ...box, x: 5, width: 4 }] : [], valueScale([0, 4], 40));
    expect(paths.whiskers).toBe('M5,0V10M5,30V40');
    expect(paths.boxes).toBe('M3,10H7V30H3Z');
    expect(paths.medians).toBe('M3,20H7');
  });
});
