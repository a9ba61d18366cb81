import fc from 'fast-check';
import { expect, test } from 'vitest';

import { resultsOf, written } from './cells';
import { gapsOf } from './gaps';
import { dotsOf, gapOverTime, missing, PAGE, pagesAround, REGIONS, type Span } from './plan';
import type { Item } from './wire';

const span = fc
  .tuple(fc.nat(5000), fc.nat(300))
  .map(([first, length]): Span => [first, first + length + 1]);

test('what is asked for holds what is seen, in whole pages, with some around it', () => {
  fc.assert(
    fc.property(span, ([first, end]) => {
      const [from, to] = pagesAround([first, end]);
      expect(from % PAGE).toBe(0);
      expect(to % PAGE).toBe(0);
      expect(from).toBeLessThanOrEqual(Math.max(0, first - PAGE + (first % PAGE)));
      expect(to).toBeGreaterThanOrEqual(end);
      expect(to - end).toBeLessThan(2 * PAGE);
    }),
  );
});

test('only what is missing is asked for, and all of it', () => {
  fc.assert(
    fc.property(
      span,
      fc.uniqueArray(fc.nat(5300)),
      fc.option(fc.nat(5300)),
      (wanted, rows, total) => {
        const known = new Set(rows);
        const found = missing(wanted, (row) => known.has(row), total);
        const end = Math.min(wanted[1], total ?? wanted[1]);
        const lacking = Array.from(
          { length: Math.max(0, end - wanted[0]) },
          (_, i) => wanted[0] + i,
        ).filter((row) => !known.has(row));
        if (lacking.length === 0) expect(found).toBeNull();
        else expect(found).toEqual([lacking[0], (lacking.at(-1) ?? 0) + 1]);
      },
    ),
  );
});

test('a dot a cell, in its middle, the larger the more images', () => {
  const dots = dotsOf({
    cells: 4,
    confidence: [0, 3],
    variability: [1, 0],
    images: Int32Array.of(1, 9),
    right: [0.25, 1],
  });
  expect(dots.map(({ x, y }) => [x, y])).toEqual([
    [0.375, 0.125],
    [0.125, 0.875],
  ]);
  const [few, many] = dots.map(({ size }) => size);
  expect(few).toBeLessThan(many ?? 0);
  expect(many).toBe(1);
});

test('parts of the plot do not overlap but for the ambiguous', () => {
  const [easy, , hard] = REGIONS;
  expect(easy?.confidence[0]).toBeGreaterThan(hard?.confidence[1] ?? 1);
});

test('a gap is to the last validation of the other set until then', () => {
  const gap = gapOverTime([5, 10, 20, 30], [0.5, 0.5, 0.25, NaN], [10, 25], [0.25, 0.125]);
  expect([...gap]).toEqual([NaN, 0.25, 0, NaN]);
});

test('classes of both sets, the largest gap first, those without one last', () => {
  const own = {
    steps: [1, 2],
    classes: new Map([
      ['a', Float32Array.of(0.5, 0.5)],
      ['b', Float32Array.of(0.5, 1)],
      ['c', Float32Array.of(NaN, NaN)],
      ['only here', Float32Array.of(1, 1)],
    ]),
  };
  const zero = Float32Array.of(0.25, 0.25);
  const other = { steps: [1, 2], classes: new Map(['c', 'b', 'a'].map((name) => [name, zero])) };
  const { classes, most } = gapsOf(own, other, 2);
  expect(classes.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  expect(most).toBe(0.75);
});

const item: Item = {
  id: 7,
  row: 0,
  label: 2,
  learnedAt: 1200,
  settledAt: null,
  observed: 3,
  right: 1,
  flips: 1,
  forgotten: 0,
  margin: -1.5,
  confidence: NaN,
  variability: 0.25,
  suspicion: 0.5,
  second: -1,
  predicted: Int32Array.of(2, -1, 0),
};

test('what is written of an image', () => {
  expect([...resultsOf(item)]).toEqual([0, NaN, 1]);
  expect(
    (['margin', 'confidence', 'suspicion', 'learned_at', 'settled_at', 'flips'] as const).map(
      (sort) => written(item, sort, String),
    ),
  ).toEqual(['−1.50', '–', '0.500', '1200', 'never', '1']);
});
