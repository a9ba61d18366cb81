import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Correctness } from './wire';
import { pixelColumns, timeScale } from '../../axis/scale';
import { history, historyOf, imageOrder, isNeverRight, resultOf, wrongSource } from './correctness';

type Result = -1 | 0 | 1;

function pack(rows: readonly (readonly Result[])[]): Correctness {
  const validations = rows[0]?.length ?? 0;
  const stride = Math.ceil(validations / 8);
  const bits = (isSet: (result: Result) => boolean): Uint8Array => {
    const bytes = new Uint8Array(rows.length * stride);
    rows.forEach((row, i) => {
      row.forEach((result, j) => {
        const at = i * stride + (j >> 3);
        if (isSet(result)) bytes[at] = (bytes[at] ?? 0) | (128 >> (j & 7));
      });
    });
    return bytes;
  };
  return { correct: bits((r) => r === 1), evaluated: bits((r) => r >= 0), validations, stride };
}

const results = fc.integer({ min: 1, max: 40 }).chain((n) =>
  fc.array(fc.array(fc.constantFrom<Result>(-1, 0, 1), { minLength: n, maxLength: n }), {
    minLength: 1,
    maxLength: 6,
  }),
);

describe('results as bits', () => {
  test('are read as they were packed', () => {
    fc.assert(
      fc.property(results, (rows) => {
        const data = pack(rows);
        expect(rows.map((row, i) => row.map((_, j) => resultOf(data, i, j)))).toEqual(rows);
        rows.forEach((row, i) => {
          expect(isNeverRight(data, i)).toBe(row.includes(0) && !row.includes(1));
        });
      }),
    );
  });

  test('tell what became of an image', () => {
    fc.assert(
      fc.property(results, ([row = []]) => {
        const { learnedAt, flips, wrong, evaluated } = history(pack([row]), 0);
        const known = row.filter((result) => result >= 0);
        expect(evaluated).toBe(known.length);
        expect(wrong).toBe(known.filter((result) => result === 0).length);
        expect(flips).toBe(known.filter((result, i) => i > 0 && result !== known[i - 1]).length);
        // From `learnedAt` on it is evaluated and never wrong, and no earlier validation is so.
        const isGood = (from: number): boolean => row[from] === 1 && !row.slice(from).includes(0);
        const first = row.findIndex((_, j) => isGood(j));
        expect(learnedAt).toBe(first < 0 ? row.length : first);
        // As of what it was predicted as.
        const predicted = row.map((result) => (result < 0 ? -1 : result === 1 ? 5 : 2));
        expect(historyOf(Int32Array.from(predicted), 5)).toEqual(history(pack([row]), 0));
      }),
    );
  });

  test('add up to shares of wrong results for a pixel chart', () => {
    const data = pack([[0, 1, -1, 0]]);
    const columns = pixelColumns([0, 1, 2, 3], timeScale(-0.5, 3.5, 2), 2);
    const sum = new Float64Array(2);
    const count = new Uint32Array(2);
    wrongSource(data).addRow(0, columns, sum, count);
    expect([...sum]).toEqual([1, 1]);
    expect([...count]).toEqual([2, 1]);
  });
});

test('images are sorted by time learned, by flips, or not at all', () => {
  const data = pack([
    [0, 0, 0, 0],
    [0, 1, 0, 1],
    [0, 1, 1, 1],
    [1, 0, 1, 1],
    [1, 1, 1, 1],
  ]);
  expect(imageOrder(data, 1, 5, 'learned')).toEqual([3, 1, 2, 0]);
  expect(imageOrder(data, 0, 5, 'flips')).toEqual([1, 3, 2, 0, 4]);
  expect(imageOrder(data, 0, 5, 'id')).toEqual([0, 1, 2, 3, 4]);
});
