import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { along, at, course, passing, rising, stepAlong, stepOf, type Course } from './course';
import { pixelColumns, timeScale, toStep, toX } from './scale';

const uneven: Course = { steps: [0, 100, 200, 1000], values: [0, 50, 60, 460] };

describe('a course over iterations', () => {
  test('is read between what was logged, and nowhere else', () => {
    expect(at(uneven, 50)).toBe(25);
    expect(at(uneven, 600)).toBe(260);
    expect(at(uneven, 1000)).toBe(460);
    expect(at(uneven, 1001)).toBeNaN();
    expect(stepOf(uneven, 55)).toBe(150);
    expect(stepOf(uneven, 461)).toBeNaN();
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

describe('distances in another unit than iterations', () => {
  const still: Course = { steps: [0, 100, 101, 201], values: [0, 100, 1000, 1100] };
  const scale = timeScale(0, 201, 1100, still);

  test('are in proportion to it', () => {
    expect(toX(scale, 0)).toBe(0);
    expect(toX(scale, 100)).toBeCloseTo(100);
    expect(toX(scale, 101)).toBeCloseTo(1000);
    expect(toX(scale, 201)).toBe(1100);
    expect(toStep(scale, 550)).toBeCloseTo(100.5);
  });

  test('go beyond what was logged as fast as on the average', () => {
    expect(along(uneven, 1100)).toBeCloseTo(506);
    expect(along(uneven, -100)).toBeCloseTo(-46);
    expect(stepAlong(uneven, 506)).toBeCloseTo(1100);
  });

  test('go there and back anywhere', () => {
    fc.assert(
      fc.property(fc.double({ min: -500, max: 1500, noNaN: true }), (x) => {
        expect(toX(scale, toStep(scale, x))).toBeCloseTo(x, 6);
      }),
    );
  });

  test('make columns as wide as what passed', () => {
    const { first } = pixelColumns([50, 150], timeScale(0, 201, 1100, still), 1100);
    // The border lies at iteration 100.
    expect(first[99]).toBe(0);
    expect(first[101]).toBe(1);
  });

  test('have each value where it is first reached', () => {
    expect(rising({ steps: [0, 1, 2, 3], values: [5, 5, 6, 6] })).toEqual({
      steps: [0, 2],
      values: [5, 6],
    });
  });
});

describe('epochs as they pass', () => {
  const staircase = (lengths: readonly number[], every: number): Course => {
    const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, each) => sum + each));
    const last = ends.at(-1) ?? 0;
    const steps = Array.from({ length: Math.ceil(last / every) }, (_, i) => i * every);
    return { steps, values: steps.map((step) => ends.filter((end) => end <= step).length) };
  };

  test('are those that were logged, if there are parts of them', () => {
    expect(passing(uneven)).toEqual(uneven);
    const parts = { steps: [0, 10, 20], values: [0, 0.5, 1] };
    expect(passing(parts)).toEqual(parts);
  });

  test('of one length are as far apart as iterations', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 90 }),
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 1, max: 10 }),
        (length, epochs, every) => {
          const even = passing(staircase(Array<number>(epochs).fill(length), every));
          const scale = timeScale(0, length * epochs, 900, even);
          for (let step = 0; step <= length * epochs; step += 7) {
            expect(toX(scale, step)).toBeCloseTo((step / (length * epochs)) * 900, 6);
          }
        },
      ),
    );
  });

  test('of several lengths are as far apart each', () => {
    const found = passing(staircase([100, 100, 10, 10, 10, 10], 5));
    expect(at(found, 200)).toBe(2);
    expect(at(found, 205)).toBe(2.5);
    expect(at(found, 50)).toBe(0.5);
  });
});
