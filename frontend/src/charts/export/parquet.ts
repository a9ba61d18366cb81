/** Tables as Parquet, for programs: a column has one type, and NaN is a missing number. */
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';

import type { Cell } from './csv';

export function parquet(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): ArrayBuffer {
  const columnData = columns.map((_, i) => ({
    name: nameOf(columns, i),
    ...typed(rows.map((row) => row[i] ?? '')),
  }));
  return parquetWriteBuffer({ columnData });
}

/** A column of text is one as soon as a cell is. */
function typed(cells: readonly Cell[]): Omit<ColumnSource, 'name'> {
  if (cells.some((cell) => typeof cell === 'string')) {
    return { type: 'STRING', data: cells.map(String) };
  }
  const numbers = cells as readonly number[];
  const type = numbers.every(isSmall) ? 'INT32' : 'DOUBLE';
  return {
    type,
    nullable: true,
    data: numbers.map((each) => (Number.isNaN(each) ? null : each)),
  };
}

/** Whole, or missing. */
const isSmall = (each: number): boolean =>
  Number.isNaN(each) ||
  (Number.isInteger(each) && Math.abs(each) < 2 ** 31 && !Object.is(each, -0));

/** Two columns of one name are one to most readers. */
function nameOf(columns: readonly string[], i: number): string {
  const name = columns[i] ?? '';
  const before = columns.slice(0, i).filter((each) => each === name).length;
  return before > 0 ? `${name} (${before + 1})` : name;
}
