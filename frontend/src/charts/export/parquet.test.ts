import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';

import { parquet } from './parquet';

const read = async (buffer: ArrayBuffer): Promise<readonly Record<string, unknown>[]> =>
  parquetReadObjects({ file: buffer });

test('numbers keep their type, and what is missing is missing', async () => {
  const rows = [
    ['=tench, Tinca', 0.1 + 0.2, NaN, 7],
    ['two\nlines', -1e-12, 400, 2 ** 40],
  ];
  expect(await read(parquet(['class', 'error', 'learned', 'images'], rows))).toEqual([
    { class: '=tench, Tinca', error: 0.1 + 0.2, learned: null, images: 7 },
    { class: 'two\nlines', error: -1e-12, learned: 400, images: 2 ** 40 },
  ]);
});

test('columns of one name are told apart', async () => {
  expect(await read(parquet(['dog', 'dog'], [[1, 2]]))).toEqual([{ dog: 1, 'dog (2)': 2 }]);
});

test('a table without rows has its columns', async () => {
  expect(await read(parquet(['class'], []))).toEqual([]);
});

test('any table comes back as it was', async () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.integer());
  const column = fc.oneof(
    fc.array(number, { minLength: 3, maxLength: 3 }),
    fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(column, { minLength: 1 }), async (columns) => {
      const names = columns.map((_, i) => String(i));
      const rows = [0, 1, 2].map((row) => columns.map((cells) => cells[row] ?? ''));
      const found = await read(parquet(names, rows));
      expect(found.map((row) => names.map((name) => row[name]))).toEqual(rows);
    }),
  );
});
