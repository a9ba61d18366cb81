/** Whether two runs differ, in a sentence or a few. */
import { formatRate, formatStep } from '../../charts/format';
import { formatP } from './rows';

/** Below this, a difference is not taken for chance. */
export const SIGNIFICANT = 0.05;

/** What the server says of all images of two runs; NaN or null where there are none. */
export interface Told {
  readonly evaluated: number;
  readonly error: readonly (number | null)[];
  readonly lost: number;
  readonly won: number;
  readonly ci: readonly (number | null)[];
  readonly p: number | null;
  readonly negative_flip_rate: number | null;
  readonly negative_flip_rate_ci: readonly (number | null)[];
}

export interface Names {
  readonly shown: string;
  readonly other: string;
}

const points = (difference: number): string => `${Math.abs(100 * difference).toFixed(1)} points`;

const share = (rate: number | null | undefined): string => formatRate(rate ?? NaN);

/** The ends of a rate's interval. */
export const interval = ([low, high]: readonly (number | null)[]): string =>
  `${share(low)} to ${share(high)}`;

/** How the errors differ, and whether that is more than chance. */
export function verdict(told: Told, { shown, other }: Names): string {
  const [a, b] = [told.error[0] ?? NaN, told.error[1] ?? NaN];
  if (told.evaluated === 0 || Number.isNaN(a) || Number.isNaN(b)) {
    return 'No image was evaluated in both runs, so nothing can be said of them.';
  }
  const images = `${formatStep(told.evaluated)} images`;
  const errors = `${other} is wrong for ${share(b)} of ${images}, ${shown} for ${share(a)}`;
  if (told.lost + told.won === 0) return `${errors}: both are right and wrong on the same images.`;
  const [low, high] = [told.ci[0] ?? NaN, told.ci[1] ?? NaN];
  const sides = [low, high].map((end) => (100 * end).toFixed(1).replace('-', '−'));
  const interval = `95 % interval ${sides.join(' to ')}`;
  const flips = `it lost ${formatStep(told.lost)} and won ${formatStep(told.won)} of them`;
  const p = told.p ?? NaN;
  const is = p < SIGNIFICANT ? 'The two differ beyond chance' : 'The difference may be chance';
  const by =
    b === a ? 'no difference' : `${points(b - a)} ${b > a ? 'more' : 'less'} (${interval})`;
  // Kept on one line.
  const equal = p < 0.001 ? '\u00a0' : '\u00a0=\u00a0';
  return `${errors}: ${by}; ${flips}. ${is} (McNemar’s test, p${equal}${formatP(p).replace(' ', '\u00a0')}).`;
}

/** Whether the trainings have the same weights for a while; null: they never have. */
export function sameWeights(weights: {
  readonly dumps: number;
  readonly alike: number;
  readonly until: number | null;
}): string | null {
  const { dumps, alike, until } = weights;
  if (alike === 0 || until === null) return null;
  return alike === dumps && dumps > 1
    ? `Both have the same weights at all ${formatStep(dumps)} iterations at which both logged them: is it one training, logged twice?`
    : `Both have the same weights up to iteration ${formatStep(until)}.`;
}

/** What seeds of a recipe differ by: over all pairs, in either direction. */
export interface Seeds {
  readonly runs: readonly number[];
  readonly taken_from: string;
  /** Least, median and largest. */
  readonly negative_flip_rate: readonly (number | null)[];
  /** Whether the other run is one of them. */
  readonly withOther: boolean;
}

/** The same, where the runs themselves tell that they are seeds: what was taken for them is said. */
export function amongSeeds(told: Told, seeds: Seeds, { shown, other }: Names): string {
  const [least = NaN, median = NaN, largest = NaN] = seeds.negative_flip_rate.map(
    (rate) => rate ?? NaN,
  );
  const by = `taken from their ${seeds.taken_from}`;
  if (seeds.withOther && seeds.runs.length === 2) {
    return `${shown} and ${other} differ in their seed only (${by}): what they lose is the yardstick for other changes.`;
  }
  const range =
    seeds.runs.length === 2
      ? `${share(least)} to ${share(largest)}`
      : `${share(least)} to ${share(largest)}, median ${share(median)}`;
  const seedsLose = `${seeds.runs.length} seeds of ${shown}’s recipe (${by}) lose ${range} of each other’s images`;
  if (seeds.withOther) return `${seedsLose}; ${other} is one of them.`;
  const rate = told.negative_flip_rate ?? NaN;
  const is =
    rate > largest
      ? 'more than any two of them'
      : rate < least
        ? 'less than any two of them'
        : 'no more than they do';
  return `${seedsLose}, ${other} ${share(rate)}: ${is}.`;
}

/** Whether the flips are more than those between two seeds of the shown run's recipe. */
export function besideSeeds(told: Told, seeds: Told, { other }: Pick<Names, 'other'>): string {
  const rate = (each: Told): string => {
    const [low, high] = each.negative_flip_rate_ci;
    return `${share(each.negative_flip_rate)} (${share(low)} to ${share(high)})`;
  };
  const ends = (each: Told): readonly [number, number] => [
    each.negative_flip_rate_ci[0] ?? NaN,
    each.negative_flip_rate_ci[1] ?? NaN,
  ];
  const [own, two] = [ends(told), ends(seeds)];
  const is =
    own[0] > two[1]
      ? 'more than two seeds do'
      : own[1] < two[0]
        ? 'less than two seeds do'
        : 'no more and no less than two seeds do, as far as these images tell';
  return `Another seed of the same recipe loses ${rate(seeds)} of the images, ${other} ${rate(
    told,
  )}: ${is}.`;
}
