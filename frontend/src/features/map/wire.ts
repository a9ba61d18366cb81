import type { About } from '../../run/wire';
import { askArrays } from '../../wire/answers';
import type { Step } from '../../wire/units';

/**
 * Where the images lie at an iteration, a number each; see docs/http_api.md.
 *
 * `x`, `y`: NaN without a place; `predicted`: -1 where it is not known; `margin`: NaN likewise;
 * `kept`: share of the 15 nearest images that are among the 15 nearest dots.
 */
export interface Frame {
  readonly step: Step;
  readonly ids: readonly (string | number)[];
  /** In the image set. */
  readonly rows: Int32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly label: Int32Array;
  readonly predicted: Int32Array;
  readonly margin: Float32Array;
  readonly kept: Float32Array;
  /** Of the image set; the map may be of a sample. */
  readonly images: number;
  readonly notFinite: number;
  readonly copies: number;
  /** Share of the nearest images that were found; null if all were. */
  readonly recall: number | null;
}

/** What is predicted between the dots: a row of cells for each height, from the least `y` on. */
export interface Background {
  readonly step: Step;
  /** Least x, least y, largest x, largest y. */
  readonly extent: readonly number[];
  readonly cells: number;
  readonly predicted: Int32Array;
  readonly margin: Float32Array;
}

/** How true the frames are that are ready, a number each. */
export interface Quality {
  readonly steps: readonly Step[];
  /** Of all frames, ready or not. */
  readonly logged: readonly Step[];
  /** Why there are no more; null if nothing has failed. */
  readonly failure: string | null;
  readonly neighbours: Float32Array;
  readonly predictions: Float32Array;
}

export interface Neighbours {
  readonly step: Step;
  readonly id: string | number;
  readonly ids: readonly (string | number)[];
  readonly rows: Int32Array;
  readonly label: Int32Array;
}

/** `retry`: a frame that could not be made is tried once more. */
export const quality = (about: About, retry: boolean, signal?: AbortSignal): Promise<Quality> =>
  askArrays('/map_quality', { ...about, ...(retry && { retry: 1 }) }, signal);

export async function frame(about: About, step: Step): Promise<Frame> {
  const { not_finite: notFinite, ...rest } = await askArrays('/map', { ...about, step });
  return { ...rest, notFinite };
}

export async function background(
  about: About,
  step: Step,
  cells: number,
  signal?: AbortSignal,
): Promise<Background> {
  return { ...(await askArrays('/map_background', { ...about, step, cells }, signal)), step };
}

export async function neighbours(
  about: About,
  step: Step,
  id: string | number,
  signal?: AbortSignal,
): Promise<Neighbours> {
  return {
    ...(await askArrays('/map_neighbours', { ...about, step, id: String(id) }, signal)),
    id,
  };
}
