import type { About } from '../../run/wire';
import { askJson, type JsonOf } from '../../wire/answers';

/** The score of each image (a row each) over time, and how many are above the threshold. */
export type ToyScores = JsonOf<'/toy_scores'>;

export const toyScores = (
  about: About,
  threshold: number,
  signal?: AbortSignal,
): Promise<ToyScores> => askJson('/toy_scores', { ...about, threshold }, signal);
