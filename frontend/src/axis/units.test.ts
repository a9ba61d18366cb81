import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale, toX } from './scale';
import { at, course, formatDuration, stepOf, unitTicks, type Course } from './units';

const rising: Course = { steps: [0, 100, 200, 1000], values: [0, 50, 60, 460] };

describe('a course over iterations', () => {
  test('is read between what was logged, and nowhere else', () => {
    expect(at(rising, 50)).toBe(25);
    expect(at(rising, 600)).toBe(260);
    expect(at(rising, 1000)).toBe(460);
    expect(at(rising, 1001)).toBeNaN();
    expect(stepOf(rising, 55)).toBe(150);
    expect(stepOf(rising, 461)).toBeNaN();
  });

  test('is none where it falls, or stays', () => {
    expect(course([1, 2, 3], [5, 4, 6])).toBeNull();
    expect(course([1, 2, 2], [4, 5, 6])).toBeNull();
    expect(course([1, 2], [5, 5])).toBeNull();
    expect(course([1], [5])).toBeNull();
    expect(course([1, 2], [NaN, 5])).toBeNull();
    expect(course([1, 2], [4, 5])).toEqual({ steps: [1, 2], values: [4, 5] });
  });

  test('goes there and back', () => {
    const some = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 })),
      {
        minLength: 2,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(some, fc.double({ min: 0, max: 1, noNaN: true }), (widths, share) => {
        const sums = (of: 0 | 1): number[] => {
          let sum = 0;
          return widths.map((each) => (sum += each[of]));
        };
        const known: Course = { steps: sums(0), values: sums(1) };
        const [first, last] = [known.steps[0] ?? 0, known.steps.at(-1) ?? 0];
        const step = first + share * (last - first);
        expect(stepOf(known, at(known, step))).toBeCloseTo(step, 6);
      }),
    );
  });
});

describe('the axis in another unit', () => {
  const scale = timeScale(0, 1000, 900);

  test('has round values where they are reached', () => {
    const courses = { epoch: rising, time: null };
    const ticks = unitTicks('epoch', courses, scale);
    expect(ticks.map(({ value }) => value)).toEqual([
      0, 50, 100, 150, 200, 250, 300, 350, 400, 450,
    ]);
    for (const { step, value } of ticks) expect(at(rising, step)).toBeCloseTo(value);
    expect(unitTicks('time', courses, scale)).toEqual(unitTicks('iteration', courses, scale));
  });

  test('has no two values upon each other where the training stood still', () => {
    const still: Course = { steps: [0, 500, 501, 1000], values: [0, 3600, 90_000, 93_600] };
    const ticks = unitTicks('time', { epoch: null, time: still }, scale);
    expect(ticks.length).toBeGreaterThan(1);
    ticks.forEach(({ step }, i) => {
      const before = ticks[i - 1];
      if (before) expect(toX(scale, step) - toX(scale, before.step)).toBeGreaterThanOrEqual(45);
    });
  });
});

test.each([
  [0, '0 s'],
  [3.25, '3.3 s'],
  [45, '45 s'],
  [200, '3 min 20 s'],
  [7200, '2 h'],
  [7530, '2 h 5 min'],
  [273_600, '3 d 4 h'],
  [NaN, '–'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
