import type { About } from '../../run/wire';
import { askArrays } from '../../wire/answers';
import type { Step } from '../../wire/units';

/** A confusion matrix: what it has beside zeros, and totals of classes; see docs/http_api.md. */
export interface Confusion {
  readonly step: Step;
  /** Int32[cells]: class of the images, what they are predicted as, how many they are. */
  readonly label: Int32Array;
  readonly predicted: Int32Array;
  readonly count: Int32Array;
  /** Int32[classes]: evaluated images, those that are correct, and all that are predicted as it. */
  readonly images: Int32Array;
  readonly correct: Int32Array;
  readonly predictedAs: Int32Array;
  /** Float32[classes], NaN of none. */
  readonly precision: Float32Array;
  readonly recall: Float32Array;
}

export async function confusion(
  about: About,
  step: Step,
  signal?: AbortSignal,
): Promise<Confusion> {
  const { predicted_as: predictedAs, ...rest } = await askArrays(
    '/confusion',
    { ...about, step },
    signal,
  );
  return { ...rest, predictedAs };
}
