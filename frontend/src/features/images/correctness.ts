/** What became of images over the validations, kept as bits. */
import type { PixelSource } from '../../charts/pixels/plan';
import type { Correctness } from './wire';

/** 1 correct, 0 wrong, -1 not evaluated. */
export function resultOf(data: Correctness, row: number, validation: number): -1 | 0 | 1 {
  const at = row * data.stride + (validation >> 3);
  const bit = 128 >> (validation & 7);
  if (((data.evaluated[at] ?? 0) & bit) === 0) return -1;
  return ((data.correct[at] ?? 0) & bit) === 0 ? 0 : 1;
}

/** Shares of wrong results, for a pixel chart. */
export function wrongSource(data: Correctness): PixelSource {
  const { correct, evaluated, stride } = data;
  return {
    addRow: (row, { first, end }, sum, count) => {
      const start = row * stride;
      for (let x = 0; x < first.length; x++) {
        const from = first[x] ?? -1;
        if (from < 0) continue;
        const to = end[x] ?? 0;
        let [known, right] = [0, 0];
        for (let j = from; j < to; j++) {
          const at = start + (j >> 3);
          const down = 7 - (j & 7);
          known += ((evaluated[at] ?? 0) >> down) & 1;
          right += ((correct[at] ?? 0) >> down) & 1;
        }
        sum[x] = (sum[x] ?? 0) + known - right;
        count[x] = (count[x] ?? 0) + known;
      }
    },
  };
}

/** What one image went through. */
export interface History {
  /** Validation from which on it is never wrong again; the number of validations if never. */
  readonly learnedAt: number;
  /** Changes between wrong and correct, over what was not evaluated. */
  readonly flips: number;
  readonly wrong: number;
  readonly evaluated: number;
}

export function history(data: Correctness, row: number): History {
  const { validations } = data;
  return historyFrom(validations, (j) => resultOf(data, row, j));
}

/** The same, of what an image of a class was predicted as; negative where not evaluated. */
export const historyOf = (predicted: Int32Array, label: number): History =>
  historyFrom(predicted.length, (j) => {
    const now = predicted[j] ?? -1;
    return now < 0 ? -1 : now === label ? 1 : 0;
  });

function historyFrom(validations: number, result: (validation: number) => -1 | 0 | 1): History {
  let [learnedAt, flips, wrong, evaluated] = [validations, 0, 0, 0];
  let before = -1;
  for (let j = 0; j < validations; j++) {
    const now = result(j);
    if (now < 0) continue;
    evaluated++;
    if (now === 0) {
      wrong++;
      learnedAt = validations;
    } else if (learnedAt === validations) {
      learnedAt = j;
    }
    if (before >= 0 && before !== now) flips++;
    before = now;
  }
  return { learnedAt, flips, wrong, evaluated };
}

/** Whether an image was evaluated, and wrong every time. */
export function isNeverRight({ correct, evaluated, stride }: Correctness, row: number): boolean {
  let known = 0;
  for (let i = row * stride; i < (row + 1) * stride; i++) {
    if (correct[i] !== 0) return false;
    known |= evaluated[i] ?? 0;
  }
  return known !== 0;
}

export const IMAGE_SORTS = ['learned', 'flips', 'id'] as const;
/** First those learned early, first those that flip often, in the order of the log. */
export type ImageSort = (typeof IMAGE_SORTS)[number];

/** Positions of a class's images, rows [first, end), as they are sorted; ties as in the log. */
export function imageOrder(
  data: Correctness,
  first: number,
  end: number,
  sort: ImageSort,
): readonly number[] {
  const images = Array.from({ length: end - first }, (_, i) => ({
    i,
    ...(sort === 'id' ? NO_HISTORY : history(data, first + i)),
  }));
  if (sort === 'learned') images.sort((a, b) => a.learnedAt - b.learnedAt || a.wrong - b.wrong);
  if (sort === 'flips') images.sort((a, b) => b.flips - a.flips || b.wrong - a.wrong);
  return images.map(({ i }) => i);
}

const NO_HISTORY: History = { learnedAt: 0, flips: 0, wrong: 0, evaluated: 0 };
