/** Pixel charts: a row an image or a filter, a column a validation or a dump. */
import type { PixelColumns } from '../../axis/scale';
import { colorOf, type Palette } from '../palette';

/** Where the numbers of a pixel chart come from. */
export interface PixelSource {
  /**
   * Adds a row's values, 0 to 1, to the pixels they fall on.
   *
   * @param sum of the values of each pixel
   * @param count of the values of each pixel; missing ones do not count
   */
  readonly addRow: (
    row: number,
    columns: PixelColumns,
    sum: Float64Array,
    count: Uint32Array,
  ) => void;
}

/**
 * @param values float32[rows, n], NaN where there is none
 * @param position of a value among the colours, 0 to 1
 */
export function matrixSource(
  values: Float32Array,
  n: number,
  position: (value: number, row: number, column: number) => number = (value) => value,
): PixelSource {
  return {
    addRow: (row, { first, end }, sum, count) => {
      const start = row * n;
      for (let x = 0; x < first.length; x++) {
        const from = first[x] ?? -1;
        if (from < 0) continue;
        for (let j = from; j < (end[x] ?? 0); j++) {
          const value = values[start + j] ?? NaN;
          if (Number.isNaN(value)) continue;
          sum[x] = (sum[x] ?? 0) + position(value, row, j);
          count[x] = (count[x] ?? 0) + 1;
        }
      }
    },
  };
}

/** Rows that a canvas shows, as positions in their order; they may begin and end within a row. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What a canvas shows of a chart, and its height in lines of pixels: one to a row where rows
 * are as high as pixels or higher, because the browser scales for less than drawing them would cost.
 *
 * @param from the part that is drawn, in CSS pixels from the chart's top
 * @param rowHeight in CSS pixels
 */
export function pixelArea(
  from: number,
  to: number,
  rowHeight: number,
  count: number,
  pixelRatio: number,
): { readonly rows: RowRange; readonly lines: number } {
  if (rowHeight * pixelRatio < 1) {
    const lines = Math.max(1, Math.round((to - from) * pixelRatio));
    return { rows: { from: from / rowHeight, to: to / rowHeight }, lines };
  }
  const first = Math.floor(from / rowHeight);
  const end = Math.max(first + 1, Math.min(count, Math.ceil(to / rowHeight)));
  return { rows: { from: first, to: end }, lines: end - first };
}

/**
 * A pixel that stands for several rows or columns shows the mean of their values,
 * never one picked out.
 *
 * @param order rows of the source from top to bottom
 * @param lines height in device pixels
 * @returns uint32[lines * pixels], transparent where there is no row or column
 */
export function chartPixels(
  source: PixelSource,
  order: ArrayLike<number>,
  rows: RowRange,
  columns: PixelColumns,
  lines: number,
  palette: Palette,
): Uint32Array {
  const width = columns.first.length;
  const pixels = new Uint32Array(lines * width);
  const sum = new Float64Array(width);
  const count = new Uint32Array(width);
  const perLine = (rows.to - rows.from) / lines;
  let drawn = -1;
  for (let y = 0; y < lines; y++) {
    const [top, bottom] = rowsBetween(rows.from + y * perLine, rows.from + (y + 1) * perLine);
    if (top < 0 || top >= order.length) continue;
    // Lines that show the same single row as the one above are copied from it.
    const single = bottom === top + 1;
    if (single && drawn === top) {
      pixels.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    drawn = single ? top : -1;
    sum.fill(0);
    count.fill(0);
    for (let row = top; row < Math.min(bottom, order.length); row++) {
      source.addRow(order[row] ?? 0, columns, sum, count);
    }
    for (let x = 0; x < width; x++) {
      if ((columns.first[x] ?? -1) < 0) continue;
      pixels[y * width + x] = colorOf(palette, (sum[x] ?? 0) / (count[x] ?? 0));
    }
  }
  return pixels;
}

/** Rows that a line stands for: all that begin in it, or the one under its middle. */
function rowsBetween(from: number, to: number): readonly [number, number] {
  const middle = Math.floor((from + to) / 2);
  return to - from > 1 ? [Math.round(from), Math.round(to)] : [middle, middle + 1];
}
