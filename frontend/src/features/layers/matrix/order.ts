import type { Matrix } from './plan';

/** Rows with the largest key first; ties and rows without a key in their own order. */
export function byLargest(keys: ArrayLike<number>): readonly number[] {
  const key = (row: number): number => {
    const value = keys[row] ?? NaN;
    return Number.isNaN(value) ? -Infinity : value;
  };
  return Array.from(keys, (_, row) => row).sort((a, b) =>
    key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : a - b,
  );
}

/** Sum of the finite magnitudes of each row. */
export function totals({ values, rows, columns }: Matrix): Float64Array {
  const sums = new Float64Array(rows);
  for (let i = 0, row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const magnitude = Math.abs(values[i] ?? NaN);
      if (magnitude < Infinity) sums[row] = (sums[row] ?? 0) + magnitude;
    }
  }
  return sums;
}

/** A filter that reaches this share of its own largest magnitude counts as active. */
export const ACTIVE = 0.1;

/** Last column at which each row reaches a tenth of its largest magnitude; -1 if it is always 0. */
export function lastActive({ values, rows, columns }: Matrix): Int32Array {
  const last = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      const magnitude = Math.abs(values[start + column] ?? NaN);
      if (magnitude > largest && magnitude < Infinity) largest = magnitude;
    }
    if (largest === 0) continue;
    for (let column = columns - 1; column >= 0; column--) {
      if (!(Math.abs(values[start + column] ?? NaN) >= ACTIVE * largest)) continue;
      last[row] = column;
      break;
    }
  }
  return last;
}

const ITERATIONS = 12;

/**
 * Rows ordered so that those with similar courses lie together: around the circle of their
 * first two principal components, cut where it is emptiest (Friendly 2002). Only the
 * shape of a course counts, not its size; constant rows come last.
 */
export function byTrend(matrix: Matrix): readonly number[] {
  const rows = standardized(matrix);
  const first = component(rows, matrix, null);
  const second = component(rows, matrix, first);
  const moving: { row: number; angle: number }[] = [];
  const constant: number[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    const [u, v] = [first.scores[row] ?? 0, second.scores[row] ?? 0];
    if (u === 0 && v === 0) constant.push(row);
    else moving.push({ row, angle: Math.atan2(v, u) });
  }
  moving.sort((a, b) => a.angle - b.angle || a.row - b.row);
  let [widest, cut] = [-1, 0];
  moving.forEach(({ angle }, i) => {
    const before = moving[i - 1]?.angle ?? (moving.at(-1)?.angle ?? 0) - 2 * Math.PI;
    if (angle - before > widest) [widest, cut] = [angle - before, i];
  });
  return [...moving.slice(cut), ...moving.slice(0, cut)].map(({ row }) => row).concat(constant);
}

/** Every row with mean 0 and length 1; what is not finite is at the mean. */
function standardized({ values, rows, columns }: Matrix): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let [sum, count] = [0, 0];
    for (let i = start; i < start + columns; i++) {
      if (!Number.isFinite(values[i])) continue;
      sum += values[i] ?? 0;
      count++;
    }
    const mean = sum / count;
    let squares = 0;
    for (let i = start; i < start + columns; i++) {
      if (Number.isFinite(values[i])) squares += (out[i] = (values[i] ?? 0) - mean) ** 2;
    }
    // Rounding leaves traces of what is constant.
    const isConstant = !(Math.sqrt(squares / count) > 1e-6 * Math.abs(mean));
    const scale = isConstant ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < start + columns; i++) out[i] = (out[i] ?? 0) * scale;
  }
  return out;
}

interface Component {
  readonly direction: Float64Array;
  readonly scores: Float64Array;
}

/** The principal component of the rows, orthogonal to `other`, by power iteration. */
function component(
  values: Float32Array,
  { rows, columns }: Matrix,
  other: Component | null,
): Component {
  // Any start that no data is orthogonal to will do.
  let direction = Float64Array.from({ length: columns }, (_, i) => Math.sin(1 + i * i));
  let scores = new Float64Array(rows);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (other) {
      const along = direction.reduce((sum, it, i) => sum + it * (other.direction[i] ?? 0), 0);
      direction = direction.map((it, i) => it - along * (other.direction[i] ?? 0));
    }
    const length = Math.sqrt(direction.reduce((sum, it) => sum + it * it, 0));
    if (length > 0) direction = direction.map((it) => it / length);
    scores = new Float64Array(rows);
    const next = new Float64Array(columns);
    for (let row = 0, start = 0; row < rows; row++, start += columns) {
      let score = 0;
      for (let i = 0; i < columns; i++) score += (values[start + i] ?? 0) * (direction[i] ?? 0);
      scores[row] = score;
      for (let i = 0; i < columns; i++) next[i] = (next[i] ?? 0) + score * (values[start + i] ?? 0);
    }
    if (iteration < ITERATIONS - 1) direction = next;
  }
  return { direction, scores };
}
