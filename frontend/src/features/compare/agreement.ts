/** How many runs have an image right: what is hard for all of them, and what is luck of the seed. */

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
