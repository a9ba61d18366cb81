import type { About } from '../../run/wire';
import { askArrays } from '../../wire/answers';
import type { Parameters } from '../../wire/parameters';
import { recordedImage, recordedOn } from '../../wire/recorded';
import type { Step } from '../../wire/units';

/** `predicted`: int32[images, validations], -1 not evaluated. */
export interface ClassImages {
  readonly class: string;
  readonly steps: readonly Step[];
  readonly ids: readonly (string | number)[];
  readonly predicted: Int32Array;
}

/**
 * A row an image, a column a validation, eight to a byte, the first in the highest bit.
 *
 * `correct` and `evaluated`: uint8[images, stride]; what was not evaluated is not correct.
 */
export interface Correctness {
  readonly correct: Uint8Array;
  readonly evaluated: Uint8Array;
  readonly validations: number;
  /** Bytes of a row. */
  readonly stride: number;
}

/** What became of all images: a row each, those of a class side by side. */
export interface Results extends Correctness {
  readonly steps: readonly Step[];
  readonly ids: readonly (string | number)[];
}

/**
 * `predicted`, `before`: int32[images], what each image was predicted as at a validation and at
 * the one before; -1 not evaluated.
 */
export interface IterationImages {
  readonly step: Step;
  readonly previous: Step | null;
  readonly predicted: Int32Array;
  readonly before: Int32Array;
}

export async function classImages(
  about: About,
  className: string,
  signal?: AbortSignal,
): Promise<ClassImages> {
  const answer = await askArrays('/class_image', { ...about, class: className }, signal);
  const { class: name, steps, images = [], predicted = new Int32Array() } = answer;
  return { class: name, steps, ids: images.map(({ id }) => id), predicted };
}

export async function results(about: About, signal?: AbortSignal): Promise<Results> {
  const answer = await askArrays('/results', about, signal);
  const validations = answer.steps.length;
  return { ...answer, validations, stride: Math.ceil(validations / 8) };
}

export const iterationImages = (
  about: About,
  step: Step,
  signal?: AbortSignal,
): Promise<IterationImages> => askArrays('/iteration_image', { ...about, step }, signal);

/** Row of the image with an id as text; null if there is none. */
export async function rowOfId(about: About, id: string): Promise<number | null> {
  const { row } = await askArrays('/image_scores', { ...about, find: id, rows: '0:1' });
  return row[0] ?? null;
}

/** Address of an image's bytes, for an `img` element; null where it is known that there are none. */
export function imageUrl(about: About, id: string | number): string | null {
  const query: Parameters = { ...about, id };
  if (recordedOn !== null) return recordedImage(query);
  return `image?${new URLSearchParams(query as Record<string, string>).toString()}`;
}
