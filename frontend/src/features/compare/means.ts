/** Means of several sequences. */
import { mean } from 'd3-array';

/** Place by place; NaN where none has a value. */
export function means(all: readonly Float32Array[]): Float32Array {
  if (all.length === 1) return all[0] ?? new Float32Array();
  return Float32Array.from(
    { length: Math.max(0, ...all.map(({ length }) => length)) },
    (_, i) => mean(all, (each) => each[i]) ?? NaN,
  );
}
