import { describe, expect, test } from 'vitest';

import { at, type Course } from './course';
import { timeScale, toX } from './scale';
import { formatDuration, unitTicks } from './units';

const rising: Course = { steps: [0, 100, 200, 1000], values: [0, 50, 60, 460] };

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
