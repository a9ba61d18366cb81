import { matrixSource, type PixelSource } from '../../../charts/pixels/plan';

/** A measure of a layer's filters: float32[rows, columns], a row a filter, a column a dump. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** What values are divided by before they get a colour. */
export interface Divisors {
  readonly byRow: Float32Array | null;
  readonly byColumn: Float32Array | null;
}

/**
 * The largest finite magnitude of each filter or of each iteration, 1 where that is 0:
 * as `layer_filter` normalises (docs/http_api.md).
 */
export function divisors(matrix: Matrix, normalize: 'none' | 'filter' | 'iteration'): Divisors {
  if (normalize === 'none') return { byRow: null, byColumn: null };
  const { values, rows, columns } = matrix;
  const isByRow = normalize === 'filter';
  const largest = new Float32Array(isByRow ? rows : columns);
  for (let i = 0, row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const magnitude = Math.abs(values[i] ?? 0);
      const at = isByRow ? row : column;
      if (magnitude > (largest[at] ?? 0) && magnitude < Infinity) largest[at] = magnitude;
    }
  }
  for (let at = 0; at < largest.length; at++) largest[at] ||= 1;
  return isByRow ? { byRow: largest, byColumn: null } : { byRow: null, byColumn: largest };
}

/** Linear or logarithmic; null: what suits the values. */
export type Coloring = 'linear' | 'log' | null;

/** How values become colours. */
export interface ColorScale {
  /** Whether zero is in the middle of the colours. */
  readonly isSigned: boolean;
  /** Whether colours are by order of magnitude. */
  readonly isLog: boolean;
  /** Smallest magnitude that is told from zero; only of use for `isLog`. */
  readonly min: number;
  readonly max: number;
  /** Shares of the finite values that the first and the last colour stand for because they are beyond. */
  readonly below: number;
  readonly above: number;
}

/** Orders of magnitude that are told apart at most. */
const DECADES = 12;
/** Values that span more are logarithmic, if nobody chose. */
const SPAN = 100;
/** Shares of the values, at either end, that may lie beyond the colours. */
const BEYOND = { linear: 0.01, log: 0.001 } as const;
/** How much larger than the values that are not beyond the scale's end is, so that outliers stand out from them. */
const HEADROOM = { linear: 1.5, log: 3 } as const;
/** Values that quantiles are taken from. */
const SAMPLE = 2 ** 16;

/**
 * The scale of the values, divided as they are shown. Outliers do not stretch it: a few of the
 * values may lie beyond its ends. It is logarithmic where most values, one in a hundred at either
 * end left out, span two orders of magnitude.
 *
 * @param least magnitudes below tell nothing, and are not told from 0 by order of magnitude
 */
export function colorScale(
  matrix: Matrix,
  by: Divisors,
  coloring: Coloring,
  least = 0,
): ColorScale {
  const { largest, isSigned } = ends(matrix, by);
  const magnitudes = sampled(matrix, by);
  const top = (beyond: number): number =>
    magnitudes[Math.max(0, Math.ceil((1 - beyond) * magnitudes.length) - 1)] ?? 1;
  const bottom = (beyond: number): number =>
    magnitudes[Math.floor(beyond * magnitudes.length)] ?? 1;
  const isWide = top(BEYOND.linear) >= SPAN * bottom(BEYOND.linear);
  const isLog = !isSigned && (coloring === null ? isWide : coloring === 'log');
  const kind = isLog ? 'log' : 'linear';
  const max = Math.min(largest || 1, HEADROOM[kind] * top(BEYOND[kind]));
  const min = Math.min(Math.max(bottom(BEYOND.log), max * 10 ** -DECADES, least), max / 10);
  return { isSigned, isLog, min, max, ...beyond(matrix, by, isLog ? min : 0, max) };
}

/** The largest finite magnitude, and whether there are values below 0. */
function ends(
  { values, rows, columns }: Matrix,
  { byRow, byColumn }: Divisors,
): { readonly largest: number; readonly isSigned: boolean } {
  let [largest, isSigned] = [0, false];
  for (let i = 0, row = 0; row < rows; row++) {
    const ofRow = byRow?.[row] ?? 1;
    for (let column = 0; column < columns; column++, i++) {
      const value = (values[i] ?? NaN) / ofRow / (byColumn?.[column] ?? 1);
      const magnitude = Math.abs(value);
      if (!(magnitude < Infinity)) continue;
      if (magnitude > largest) largest = magnitude;
      if (value < 0) isSigned = true;
    }
  }
  return { largest, isSigned };
}

/** Finite magnitudes other than 0 in ascending order, evenly spread ones of many. */
function sampled({ values, columns }: Matrix, { byRow, byColumn }: Divisors): Float64Array {
  let stride = Math.max(1, Math.ceil(values.length / SAMPLE));
  // All columns take part.
  while (stride > 1 && gcd(stride, columns) > 1) stride++;
  const magnitudes: number[] = [];
  for (let i = 0; i < values.length; i += stride) {
    const of = (byRow?.[Math.floor(i / columns)] ?? 1) * (byColumn?.[i % columns] ?? 1);
    const magnitude = Math.abs((values[i] ?? NaN) / of);
    if (magnitude > 0 && magnitude < Infinity) magnitudes.push(magnitude);
  }
  return Float64Array.from(magnitudes).sort();
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Shares of the finite values with magnitudes other than 0 below `min`, and with ones above `max`. */
function beyond(
  { values, rows, columns }: Matrix,
  { byRow, byColumn }: Divisors,
  min: number,
  max: number,
): { readonly below: number; readonly above: number } {
  let [finite, below, above] = [0, 0, 0];
  for (let i = 0, row = 0; row < rows; row++) {
    const ofRow = byRow?.[row] ?? 1;
    for (let column = 0; column < columns; column++, i++) {
      const magnitude = Math.abs((values[i] ?? NaN) / ofRow / (byColumn?.[column] ?? 1));
      if (!(magnitude < Infinity)) continue;
      finite++;
      if (magnitude > max) above++;
      else if (magnitude > 0 && magnitude < min) below++;
    }
  }
  return { below: below / Math.max(1, finite), above: above / Math.max(1, finite) };
}

/** Position of a value among the colours, 0 to 1; NaN if it is missing. */
export function colorPosition(scale: ColorScale, value: number): number {
  const { isSigned, isLog, min, max } = scale;
  let t = value / max;
  if (isSigned) t = (t + 1) / 2;
  else if (isLog) t = value <= min ? 0 : 1 + Math.log(t) / Math.log(max / min);
  return Math.min(1, Math.max(0, t));
}

/** The values as positions among the colours, for a pixel chart (paper 7.2). */
export function measureSource(
  { values, columns }: Matrix,
  { byRow, byColumn }: Divisors,
  scale: ColorScale,
): PixelSource {
  return matrixSource(values, columns, (value, row, column) =>
    colorPosition(scale, value / (byRow?.[row] ?? 1) / (byColumn?.[column] ?? 1)),
  );
}
