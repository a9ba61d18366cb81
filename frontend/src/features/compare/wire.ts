/** The routes about several runs. */
import type { About } from '../../run/wire';
import { askArrays, askJson, type ArraysOf, type JsonOf } from '../../wire/answers';
import type { ClassIndex, Step } from '../../wire/units';
import type { CommonAxis } from './settings';

type Answer = JsonOf<'/compare'>;
export type ClassPair = Answer['classes'][number];

/** An image that one of two runs has right and the other wrong. */
export interface Flipped {
  readonly id: string | number;
  /** In the classes that both runs have. */
  readonly label: ClassIndex;
  /** Iteration of the other run from which on it has been so; null: it never was otherwise. */
  readonly since: Step | null;
  /** Null: a class that not both runs have. */
  readonly predicted: readonly (ClassIndex | null)[];
  /** In the image set of each run. */
  readonly rows: readonly number[];
}

/** Two runs at a validation of each. */
export interface Pair extends Omit<Answer, 'images' | 'won_images'> {
  readonly lostImages: readonly Flipped[];
  readonly wonImages: readonly Flipped[];
}

export interface Question {
  readonly about: About;
  readonly other: string;
  /** A validation of each; null: the last ones. */
  readonly steps: readonly [Step, Step] | null;
  readonly axis: CommonAxis;
}

export async function compare(
  { about, other, steps, axis }: Question,
  signal?: AbortSignal,
): Promise<Pair> {
  const { run: shown, image_set } = about;
  const { images, won_images, ...rest } = await askJson(
    '/compare',
    {
      runs: [shown, other],
      axis,
      ...(image_set !== undefined && { image_set }),
      ...(steps && { steps: [...steps] }),
    },
    signal,
  );
  return {
    ...rest,
    lostImages: images.map(({ lost_at, ...image }) => ({ ...image, since: lost_at })),
    wonImages: won_images.map(({ won_at, ...image }) => ({ ...image, since: won_at })),
  };
}

/** Error rates of two runs over time, on the images that both have; NaN where there is none. */
export interface OverTime {
  readonly runs: readonly string[];
  /** Names of the classes that both have. */
  readonly names: readonly string[];
  /** On the common axis, ascending. */
  readonly at: readonly number[];
  /** Of each run, the iteration of the validation that holds at each place. */
  readonly validations: readonly (readonly (Step | null)[])[];
  /** float32[runs, places] */
  readonly overall: Float32Array;
  /** float32[runs, classes, places] */
  readonly classes: Float32Array;
}

export async function overTime(
  { about, other, axis }: Omit<Question, 'steps'>,
  signal?: AbortSignal,
): Promise<OverTime> {
  const { run, image_set } = about;
  const set = image_set !== undefined && { image_set };
  const answer = await askArrays('/compare_classes', { runs: [run, other], axis, ...set }, signal);
  return { ...answer, at: answer.at.map((place) => place ?? NaN) };
}

export type Many = ArraysOf<'/compare_runs'>;

/** Two to fifty runs: what all, some or none of them have right, and how alike they are. */
export const manyRuns = (
  { image_set }: About,
  runs: readonly string[],
  axis: CommonAxis,
  signal?: AbortSignal,
): Promise<Many> =>
  askArrays(
    '/compare_runs',
    { runs: [...runs], axis, ...(image_set !== undefined && { image_set }) },
    signal,
  );

export type SharedNeighbours = ArraysOf<'/compare_maps'>;

export const sharedNeighbours = (
  { run, image_set }: About,
  other: string,
  steps: readonly [Step, Step],
  signal?: AbortSignal,
): Promise<SharedNeighbours> =>
  askArrays(
    '/compare_maps',
    { runs: [run, other], steps: [...steps], ...(image_set !== undefined && { image_set }) },
    signal,
  );
