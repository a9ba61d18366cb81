import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { byLargest, byTrend, lastActive, totals } from './order';
import { colorPosition, colorScale, divisors, type Matrix } from './plan';
import { roundingOf } from './rounding';

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  values: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
});

const numbers = fc.constantFrom(0, 0.25, -3, 1e-6, 40, NaN, Infinity, -Infinity);
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(numbers, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe('normalisation', () => {
  test('divides by the largest finite magnitude of a filter or an iteration', () => {
    const largest = (values: readonly number[]): number =>
      Math.max(0, ...values.filter(Number.isFinite).map((value) => Math.fround(Math.abs(value)))) ||
      1;
    fc.assert(
      fc.property(matrices, (rows) => {
        const { byRow } = divisors(matrix(rows), 'filter');
        const { byColumn } = divisors(matrix(rows), 'iteration');
        expect([...(byRow ?? [])]).toEqual(rows.map(largest));
        const columns = rows[0]?.map((_, i) => rows.map((row) => row[i] ?? 0)) ?? [];
        expect([...(byColumn ?? [])]).toEqual(columns.map(largest));
      }),
    );
  });
});

const whole = { byRow: null, byColumn: null };
const colorings = fc.constantFrom('linear', 'log', null);

describe('the colour scale', () => {
  test('has no colours for rounding noise, however much of it there is', () => {
    const values = matrix([[1e-15, 1e-15, 1e-14, 1e-14, 1e-4, 1e-2]]);
    const least = roundingOf('change', [0, 1, 2]);
    const scale = colorScale(values, whole, 'log', least);
    expect(scale.min).toBe(least);
    expect(colorPosition(scale, 1e-14)).toBe(colorPosition(scale, 1e-15));
    expect(colorPosition(scale, 1e-4)).toBeGreaterThan(0);
  });

  test('puts every finite value within the colours, the larger the further', () => {
    fc.assert(
      fc.property(matrices, colorings, (rows, coloring) => {
        const scale = colorScale(matrix(rows), whole, coloring);
        const finite = rows
          .flat()
          .filter(Number.isFinite)
          .sort((a, b) => a - b);
        const places = finite.map((value) => colorPosition(scale, value));
        places.forEach((place, i) => {
          expect(place).toBeGreaterThanOrEqual(places[i - 1] ?? 0);
          expect(place).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  test('of signed values has zero in the middle', () => {
    const scale = colorScale(matrix([[-2, 1]]), whole, 'linear');
    expect([-2, 0, 2].map((value) => colorPosition(scale, value))).toEqual([0, 0.5, 1]);
  });

  test('by magnitude tells values of many orders apart: few of them share the last colour', () => {
    // As changes do whose learning rate falls: by ten orders of magnitude.
    const course = Array.from({ length: 300 }, (_, i) => 10 ** (-i / 30));
    const scale = colorScale(matrix([course, course, course]), whole, null);
    expect(scale.isLog).toBe(true);
    expect(scale.below).toBeLessThan(0.01);
    const places = course.map((value) => Math.floor(255 * colorPosition(scale, value)));
    expect(new Set(places).size).toBeGreaterThan(200);
  });

  test('by magnitude gives each order the same room', () => {
    const scale = colorScale(matrix([[1e-4, 1e-3, 1e-2, 0]]), whole, 'log');
    const [a = 0, b = 0, c = 0] = [1e-4, 1e-3, 1e-2].map((value) => colorPosition(scale, value));
    expect(a).toBeCloseTo(0, 5);
    expect(b - a).toBeCloseTo(c - b, 5);
    expect(colorPosition(scale, 0)).toBe(0);
  });

  test('is logarithmic where most values span two orders of magnitude, not for one outlier', () => {
    const even = Array.from({ length: 400 }, (_, i) => 1 + i / 400);
    expect(colorScale(matrix([even]), whole, null).isLog).toBe(false);
    expect(colorScale(matrix([even.map((it, i) => (i ? it : 1e6))]), whole, null).isLog).toBe(
      false,
    );
    const wide = even.map((_, i) => 10 ** (-5 * (i / 400)));
    expect(colorScale(matrix([wide]), whole, null).isLog).toBe(true);
    expect(colorScale(matrix([wide.map((it, i) => (i % 2 ? it : -it))]), whole, null).isLog).toBe(
      false,
    );
  });

  test('a first dump that is far beyond the others leaves them their colours', () => {
    const rows = Array.from({ length: 8 }, (_, row) =>
      Array.from({ length: 500 }, (_, t) => (t === 0 ? 1 : 1e-4 * (1 + ((row + t) % 9)))),
    );
    const scale = colorScale(matrix(rows), whole, 'linear');
    expect(scale.max).toBeCloseTo(1.5 * 9e-4, 9);
    expect(scale.above).toBeCloseTo(1 / 500, 9);
  });

  test('tells what is rare and large from all others, however few that is', () => {
    const rows = Array.from({ length: 2000 }, (_, row) => [0.1, row === 7 ? 1 : 0.1]);
    for (const coloring of ['linear', 'log', null] as const) {
      const scale = colorScale(matrix(rows), whole, coloring);
      const usual = colorPosition(scale, 0.1);
      expect(colorPosition(scale, 1) - usual).toBeGreaterThan(0.2);
    }
  });

  test('says how many values are beyond its ends, and they are few', () => {
    const many = fc.array(fc.constantFrom(1e-9, 1e-3, 0.5, 2, 7, 1e5, 0, NaN, -1), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(many, colorings, fc.boolean(), (values, coloring, halved) => {
        const rows = matrix([values]);
        const by = { byRow: halved ? Float32Array.of(2) : null, byColumn: null };
        const scale = colorScale(rows, by, coloring);
        const shown = [...rows.values].filter(Number.isFinite).map((it) => it / (halved ? 2 : 1));
        const share = (is: (value: number) => boolean): number =>
          shown.filter((value) => is(Math.abs(value))).length / Math.max(1, shown.length);
        expect(scale.above).toBeCloseTo(share((it) => it > scale.max));
        expect(scale.above).toBeLessThanOrEqual(0.01 + 1e-9);
        const lower = share((it) => it > 0 && it < scale.min);
        expect(scale.below).toBeCloseTo(scale.isLog ? lower : 0);
      }),
    );
  });
});

describe('orders of filters', () => {
  test('by largest key, ties and unknown ones as they were', () => {
    expect(byLargest([1, NaN, 3, 1, -Infinity])).toEqual([2, 0, 3, 1, 4]);
  });

  test('by total magnitude', () => {
    expect([
      ...totals(
        matrix([
          [1, -2, NaN],
          [Infinity, 0, 0.5],
        ]),
      ),
    ]).toEqual([3, 0.5]);
  });

  test('by last activity', () => {
    const rows = [
      [0, 10, 1, 0.5],
      [0, 0, 0, 0],
      [NaN, 2, Infinity, 0],
    ];
    expect([...lastActive(matrix(rows))]).toEqual([2, -1, 2]);
  });

  test('by trend brings planted families together, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const families = [
          (t: number): number => Math.exp(-t / 10),
          (t: number): number => 1 - Math.exp(-t / 10),
          (t: number): number => Math.sin(t / 3),
        ];
        const rows = Array.from({ length: 24 }, (_, i) => {
          const size = 10 ** (((seed + i * 7) % 5) - 2);
          return Array.from(
            { length: 40 },
            (_, t) => size * ((families[i % 3]?.(t) ?? 0) + 0.05 * Math.sin(seed + i + t * t)),
          );
        });
        const order = byTrend(matrix(rows)).map((row) => row % 3);
        const changes = order.filter((family, i) => i > 0 && family !== order[i - 1]).length;
        expect(changes).toBe(2);
      }),
    );
  });

  test('by trend goes around the circle once, from one side of its widest gap to the other', () => {
    const COLUMNS = 24;
    const degrees = fc.uniqueArray(fc.integer({ min: 0, max: 359 }), {
      minLength: 3,
      maxLength: 12,
    });
    fc.assert(
      fc.property(degrees, (angles) => {
        const around = angles.map((_, row) => row).sort((a, b) => at(a) - at(b));
        const gaps = around.map((row, i) => (at(row) - at(around.at(i - 1) ?? 0) + 360) % 360);
        const [widest = 0, next = 0] = [...gaps].sort((a, b) => b - a);
        fc.pre(widest > next && angles.some((angle) => (angle - at(0)) % 180 !== 0));
        const cut = gaps.indexOf(widest);
        const expected = [...around.slice(cut), ...around.slice(0, cut)];
        // Courses that differ only in phase lie on the circle as their phases do, either way round.
        const order = byTrend(
          matrix(
            angles.map((angle) =>
              Array.from({ length: COLUMNS }, (_, t) =>
                Math.cos(2 * Math.PI * (t / COLUMNS + angle / 360)),
              ),
            ),
          ),
        );
        expect([expected, expected.toReversed()]).toContainEqual(order);

        function at(row: number): number {
          return angles[row] ?? 0;
        }
      }),
    );
  });

  test('by trend has every filter once, constant ones last', () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        const order = byTrend(matrix(rows));
        expect([...order].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
      }),
    );
    const order = byTrend(
      matrix([
        [5, 5, 5],
        [1, 2, 3],
        [0, 0, 0],
        [3, 1, 0],
      ]),
    );
    expect(order.slice(-2)).toEqual([0, 2]);
  });
});

test('rounding turns a filter no further, in float32 over thousands of iterations', () => {
  const size = 64;
  const start = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
  const weights = Float32Array.from(start);
  for (let i = 0; i < 2000; i++) {
    // Back and forth: what stays is what rounding leaves.
    for (const sign of [1, -1]) {
      for (let j = 0; j < size; j++) {
        weights[j] = (weights[j] ?? 0) + sign * 1e-3 * Math.cos(i * j);
      }
    }
  }
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, each, i) => sum + each * (b[i] ?? 0), 0);
  const scaled = dot(start, weights) / dot(start, start);
  // 1 - cosine, without the rounding of the difference of two numbers near 1.
  const off = weights.map((each, i) => each - scaled * (start[i] ?? 0));
  const change = dot(off, off) / dot(weights, weights) / 2;
  expect(change).toBeGreaterThan(0);
  expect(roundingOf('change', [0, 4000])).toBeGreaterThan(10 * change);
  expect(roundingOf('change', [0, 4000])).toBeLessThan(1000 * change);
  expect(roundingOf('update_ratio', [0, 4000])).toBeGreaterThan(Math.sqrt(2 * change));
  expect(roundingOf('weight_mean', [0, 4000])).toBe(0);
});
