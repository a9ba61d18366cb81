/** How many runs have an image right: what is hard for all of them, and what is luck of the seed. */

import { median } from 'd3-array';

import { formatCount, formatRate, formatStep } from '../../charts/format';

/** Images by in how many runs they are right, from none to all; only those that all runs evaluated. */
export function byRuns(
  right: ArrayLike<number>,
  evaluated: ArrayLike<number>,
  runs: number,
): readonly (readonly number[])[] {
  const groups = Array.from({ length: runs + 1 }, (): number[] => []);
  for (let i = 0; i < right.length; i++) {
    if (evaluated[i] === runs) groups[right[i] ?? 0]?.push(i);
  }
  return groups;
}

/** What it means that an image is right in so many of the runs. */
export function meaning(count: number, runs: number): string {
  if (count === 0) return 'stably hard: right in no run';
  if (count === runs) return 'right in all runs';
  return `a matter of the run: right in ${count} of ${runs}`;
}

/** When, in a few words: the median, and the range if there is one. */
export function whenLearned(
  {
    learned,
    median,
    earliest,
    latest,
  }: {
    readonly learned: number;
    readonly median: number | null;
    readonly earliest: number | null;
    readonly latest: number | null;
  },
  runs: number,
  format: (value: number) => string,
): string {
  if (learned === 0 || median === null) return 'in no run';
  const range =
    earliest === latest ? '' : ` (${format(earliest ?? NaN)} to ${format(latest ?? NaN)})`;
  return `${format(median)}${range}${learned < runs ? `, in ${learned} of ${runs}` : ''}`;
}

interface Parameter {
  readonly name: string;
  /** Of each run. */
  readonly values: readonly (string | number | boolean | null)[];
}

/** The hyperparameters that some runs have in common, of those that vary among all. */
export const recipeOf = (
  runs: readonly number[],
  parameters: readonly Parameter[],
  format: (value: number) => string,
): string =>
  parameters
    .filter(({ values }) => new Set(runs.map((at) => values[at])).size === 1)
    .map(({ name, values }) => {
      const value = values[runs[0] ?? -1] ?? '–';
      return `${name} ${typeof value === 'number' ? format(value) : value}`;
    })
    .join(', ');

/** How all runs fare, and how many images that is about. */
export function verdictOfAll(
  errors: readonly (number | null)[],
  groups: readonly { readonly length: number }[],
): string {
  const all = groups.reduce((sum, { length }) => sum + length, 0);
  const known = errors.filter((error) => error !== null);
  if (all === 0 || known.length === 0) return 'No image was evaluated in all of these runs.';
  const [none, every] = [groups[0]?.length ?? 0, groups.at(-1)?.length ?? 0];
  const middle = formatRate(median(known) ?? NaN);
  const range = `${formatRate(Math.min(...known))} to ${formatRate(Math.max(...known))}`;
  return (
    `On the ${formatCount(all, 'image')} that all runs evaluated, their errors are ${range}, median ${middle}. ` +
    `Right in every run: ${formatStep(every)}; in none: ${formatStep(none)}; in some, ` +
    `a matter of the run: ${formatStep(all - every - none)}.`
  );
}
