import { resultOf } from './correctness';
import type { Correctness } from './wire';

/** An image whose result changed at a validation. */
export interface Flipped {
  /** Row in the results. */
  readonly row: number;
  /** What it is from there on. */
  readonly correct: boolean;
}

/** The images, rows [first, end), whose result differs from that at the validation before. */
export function flippedAt(
  data: Correctness,
  first: number,
  end: number,
  validation: number,
): readonly Flipped[] {
  if (validation < 1) return [];
  const flipped: Flipped[] = [];
  for (let row = first; row < end; row++) {
    const before = resultOf(data, row, validation - 1);
    const now = resultOf(data, row, validation);
    if (before >= 0 && now >= 0 && before !== now) flipped.push({ row, correct: now === 1 });
  }
  return flipped;
}
