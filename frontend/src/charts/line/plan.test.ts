import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { freeCorner, linePath } from './plan';
import { extent, valueScale } from '../values/scale';

const points = (path: string): (readonly [number, number])[] =>
  Array.from(path.matchAll(/[ML]([-\d.]+),([-\d.]+)/g), ([, x, y]) => [Number(x), Number(y)]);

describe('a line', () => {
  const y = valueScale([0, 10], 100);

  test('goes through its points', () => {
    expect(linePath([0, 1, 2], [0, 10, 5], timeScale(0, 2, 200), y)).toBe('M0,100L100,0L200,50');
  });

  test('is broken where there is no value, and shows a value on its own', () => {
    const path = linePath([0, 1, 2, 3, 4], [1, 1, NaN, 1, NaN], timeScale(0, 4, 400), y);
    expect(path).toBe('M0,90L100,90M300,90h0.01');
  });

  test('loses no peak, however many values share a pixel', () => {
    const values = fc.float32Array({
      minLength: 100,
      maxLength: 500,
      noNaN: true,
      min: 0,
      max: 10,
    });
    fc.assert(
      fc.property(values, (all) => {
        const path = linePath(
          Array.from(all, (_, i) => i),
          all,
          timeScale(0, all.length, 20),
          y,
        );
        const drawn = points(path).map(([, at]) => at);
        const [low, high] = extent(all) ?? [0, 0];
        expect(Math.min(...drawn)).toBeCloseTo(100 - 10 * high, 1);
        expect(Math.max(...drawn)).toBeCloseTo(100 - 10 * low, 1);
        expect(drawn.length).toBeLessThanOrEqual(4 * 21);
      }),
    );
  });
});

test('a text is at the end of the axis where the lines are not', () => {
  const y = valueScale([0, 10], 100);
  const x = timeScale(0, 4, 400);
  const steps = [0, 1, 2, 3, 4];
  const falling = [{ steps, values: [10, 7, 5, 3, 0] }];
  const rising = [{ steps, values: [0, 3, 5, 7, 10] }];
  expect(freeCorner(falling, x, y, 0)).toBe('right');
  expect(freeCorner(falling, x, y, 100)).toBe('left');
  expect(freeCorner(rising, x, y, 0)).toBe('left');
  expect(freeCorner(rising, x, y, 100)).toBe('right');
  expect(freeCorner([...falling, ...rising], x, y, 0)).toBe('left');
  // What is not on screen is not in the way.
  expect(freeCorner(falling, timeScale(1, 3, 400), valueScale([3, 7], 100), 0)).toBe('right');
  expect(freeCorner(falling, timeScale(1.5, 3, 400), y, 0)).toBe('left');
});
