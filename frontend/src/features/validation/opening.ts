/** Where a run is looked at first, if nobody has said where. */
import { nearest } from '../../axis/scale';
import type { Step } from '../../wire/units';
import type { AnomalyCount } from '../anomalies/api';
import type { ErrorRates } from './wire';

export interface Opening {
  readonly step: Step;
  readonly classes: number;
  readonly flips: number;
  /** Share of all images that were right at the validation before. */
  readonly right: number;
}

/**
 * The anomaly that tells most: at which most images flip, weighed by how much was right before.
 * Whole classes flip at the first validations, too, when nothing is learned yet; null without any.
 */
export function openingOf(
  counts: readonly AnomalyCount[],
  { steps, overall }: Pick<ErrorRates, 'steps' | 'overall'>,
): Opening | null {
  let found: Opening | null = null;
  for (const { step, classes, flips } of counts) {
    const right = 1 - (overall[nearest(steps, step) - 1] ?? 1);
    const isMore = !found || flips * right > found.flips * found.right;
    if (right > 0 && isMore) found = { step, classes: classes.size, flips, right };
  }
  return found;
}
