/** Why a correlation cannot tell anything from chance, and what would help. */
import { formatCount, formatStep } from '../../charts/format';
import { SIGNIFICANT } from './cells';
import { formatP } from './words';

export interface Extent {
  /** Anomaly iterations of each class. */
  readonly ofClasses: readonly number[];
  /** Anomaly iterations of any class. */
  readonly iterations: number;
  /** Of the model. */
  readonly filters: number;
  readonly topK: number;
  /** p of all cells. */
  readonly p: ArrayLike<number>;
}

/** An empty list where it can. */
export function limitsOf({ ofClasses, iterations, filters, topK, p }: Extent): readonly string[] {
  const limits: string[] = [];
  if (topK > filters / 2) {
    limits.push(
      `The top ${formatStep(topK)} of ${formatCount(filters, 'filter')} are most or all of them at every iteration: ` +
        `choose fewer, one or two in a hundred and 5 at least.`,
    );
  }
  if (ofClasses.length === 1) {
    limits.push(
      'Only one class flips, so there is no other one to compare it with: lower the min. score, or shorten the window.',
    );
  } else if (
    iterations > 0 &&
    Math.min(...ofClasses.map((own) => leastP(iterations, own))) > SIGNIFICANT
  ) {
    const least = Math.min(...ofClasses.map((own) => leastP(iterations, own)));
    limits.push(
      `${formatCount(iterations, 'anomaly iteration')} cannot tell a class from chance: no cell can have a p below ${formatP(least)}. ` +
        'More anomaly iterations would: a lower min. score, a shorter window, or a longer run.',
    );
  } else if (p.length > 0 && Array.from(p).every((each) => each >= 1)) {
    limits.push(
      'Every cell has what chance makes (all p are 1): the same filters change most at every anomaly iteration. Fewer top filters would tell iterations apart.',
    );
  }
  return limits;
}

/** The least p that any layer can have in a class: its iterations are one of all choices of as many. */
export function leastP(iterations: number, own: number): number {
  let choices = 1;
  for (let i = 0; i < Math.min(own, iterations - own); i++) {
    choices = (choices * (iterations - i)) / (i + 1);
  }
  return Math.min(1, 2 / choices);
}
