/** What rounding makes of a measure of filters. */
import type { Step } from '../../../wire/units';

/** Rounding what is logged to float32 turns a filter by up to 2^-24; ten times as far tells something. */
const LOGGED = 2e-13;
/**
 * An iteration rounds each weight by about 2^-26 of it, this way or that: over many, a filter turns
 * by the root of their number. Ten times as far tells something.
 */
const ITERATION = 100 * 2 ** -53;

/** Smaller values of a measure are no more than what rounding makes between two dumps; 0 if it is not known. */
export function roundingOf(measure: string, steps: readonly Step[]): number {
  const iterations = ((steps.at(-1) ?? 0) - (steps[0] ?? 0)) / Math.max(1, steps.length - 1);
  const change = Math.max(LOGGED, iterations * ITERATION);
  if (measure === 'change') return change;
  return measure === 'update_ratio' ? Math.sqrt(2 * change) : 0;
}
