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

/** How values become colours. */
export interface ColorScale {
  /** Whether zero is in the middle of the colours. */
  readonly isSigned: boolean;
  /** Whether colours are by order of magnitude. */
  readonly isLog: boolean;
  /** Smallest magnitude that is told from zero; only of use for `isLog`. */
  readonly min: number;
  readonly max: number;
}

/** Orders of magnitude that are told apart at most. */
const DECADES = 6;

/** The scale that shows all finite values, normalised or not. */
export function colorScale(matrix: Matrix, isNormalized: boolean, isLog: boolean): ColorScale {
  let [min, max, isSigned] = [Infinity, 0, false];
  for (const value of matrix.values) {
    if (!Number.isFinite(value) || value === 0) continue;
    if (value < 0) isSigned = true;
    const magnitude = Math.abs(value);
    if (magnitude < min) min = magnitude;
    if (magnitude > max) max = magnitude;
  }
  if (isNormalized) min = max = 1;
  max ||= 1;
  // Normalised values are not counted through: what matters lies within a few decades.
  const deepest = max * 10 ** -(isNormalized ? 4 : DECADES);
  return {
    isSigned,
    isLog: isLog && !isSigned,
    min: isNormalized ? deepest : Math.min(Math.max(min, deepest), max / 10),
    max,
  };
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
