/** One function for each route of docs/http_api.md that the tab uses. */
import { getJson, getTensors } from '../wire/http';
import { float32, int32, int64, uint8 } from '../wire/safetensors';
import type { ClassIndex, FilterIndex, LayerIndex, Step } from '../wire/units';

export interface RunCounts {
  readonly run: string;
  readonly dumps: number;
  readonly validations: number;
  readonly layers: number;
  readonly filters: number;
  readonly classes: number;
  readonly images: number;
  readonly last_step: Step | null;
}

export interface Layer {
  readonly name: string;
  readonly type: string;
  readonly filters: number;
  readonly weight_shape: readonly number[];
}

export interface Module {
  readonly name: string;
  readonly type: string;
  readonly children?: readonly Module[];
  readonly layer?: number;
}

export interface ImageClass {
  readonly name: string;
  readonly images: number;
}

export interface Problem {
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
}

export interface Run {
  readonly run: string;
  readonly steps: { readonly dumps: readonly Step[]; readonly validations: readonly Step[] };
  readonly layers: readonly Layer[];
  readonly modules: Module | null;
  readonly edges: readonly (readonly [number, number])[];
  readonly classes: readonly ImageClass[];
  readonly measures: readonly string[];
  readonly statistics: readonly string[];
  /** The layer whose filters can be looked at as images. */
  readonly kernels: LayerIndex | null;
  readonly thumbnails: number;
  readonly problems: readonly Problem[];
}

/** `classes`: float32[classes, validations], share of wrong images. */
export interface ErrorRates {
  readonly steps: readonly Step[];
  readonly overall: Float32Array;
  readonly classes: Float32Array;
}

export interface Clusters {
  readonly k: number;
  readonly clusters: readonly {
    readonly classes: readonly string[];
    readonly errorRate: Float32Array;
  }[];
}

/** How far apart clusters lie, by their number; see docs/http_api.md. */
export interface ClusterCounts {
  readonly suggested: number | null;
  readonly k: readonly number[];
  readonly separation: Float32Array;
}

export type Rule = 'left' | 'right';

export interface Anomaly {
  readonly class: ClassIndex;
  readonly step: Step;
  readonly rule: Rule;
  readonly count: number;
  /** Share of the class's images, 0 to 1. */
  readonly score: number;
}

/** `correct`: uint8[images, validations], 0 wrong, 1 correct, 2 not evaluated. */
export interface ClassImages {
  readonly class: string;
  readonly steps: readonly Step[];
  readonly images: readonly { readonly id: string | number; readonly label: ClassIndex }[];
  readonly correct: Uint8Array;
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
 * `predicted`, `before`: int32[images], what each image was taken for at a validation and at
 * the one before; -1 not evaluated.
 */
export interface IterationImages {
  readonly step: Step;
  readonly previous: Step | null;
  readonly predicted: Int32Array;
  readonly before: Int32Array;
}

/** Where a rule holds. */
export interface Place {
  readonly layer: LayerIndex;
  /** Null if it is about the whole layer. */
  readonly filter: FilterIndex | null;
  readonly step: Step;
  readonly until: Step;
  /** What the rule compares; null for what is not finite. */
  readonly value: number | null;
}

/** A rule in words, and the places where it holds. */
export interface Finding {
  readonly rule: string;
  readonly title: string;
  readonly says: string;
  readonly places: readonly Place[];
}

/** Positions of the classes by name. */
export const indexClasses = (classes: readonly ImageClass[]): ReadonlyMap<string, ClassIndex> =>
  new Map(classes.map(({ name }, i) => [name, i]));

export async function runs(signal?: AbortSignal): Promise<readonly RunCounts[]> {
  const answer = await getJson<{ runs: RunCounts[] }>('runs', {}, signal);
  return answer.runs;
}

export function run(run: string, signal?: AbortSignal): Promise<Run> {
  return getJson<Run>('run', { run }, signal);
}

export async function errorRates(run: string, signal?: AbortSignal): Promise<ErrorRates> {
  const { file } = await getTensors('error_rates', { run }, signal);
  return {
    steps: int64(file, 'steps'),
    overall: float32(file, 'overall'),
    classes: float32(file, 'classes'),
  };
}

export async function clusters(run: string, k: number, signal?: AbortSignal): Promise<Clusters> {
  const { answer, file } = await getTensors('clusters', { run, k }, signal);
  const { clusters } = answer as { clusters: string[][] };
  const rates = float32(file, 'error_rate');
  const n = int64(file, 'steps').length;
  return {
    k: clusters.length,
    clusters: clusters.map((classes, i) => ({
      classes,
      errorRate: rates.subarray(i * n, (i + 1) * n),
    })),
  };
}

export async function clusterCounts(
  run: string,
  most: number,
  signal?: AbortSignal,
): Promise<ClusterCounts> {
  const { answer, file } = await getTensors('cluster_counts', { run, most }, signal);
  return {
    ...(answer as Pick<ClusterCounts, 'suggested'>),
    k: Array.from(int32(file, 'k')),
    separation: float32(file, 'separation'),
  };
}

export async function anomalies(
  run: string,
  window: number,
  minScore: number,
  signal?: AbortSignal,
): Promise<readonly Anomaly[]> {
  const query = { run, window, min_score: minScore };
  const { file } = await getTensors('anomalies', query, signal);
  const classes = int32(file, 'class');
  const steps = int64(file, 'step');
  const rules = uint8(file, 'rule');
  const counts = int32(file, 'count');
  const scores = float32(file, 'score');
  return steps.map((step, i) => ({
    class: classes[i] ?? 0,
    step,
    rule: rules[i] === 0 ? 'left' : 'right',
    count: counts[i] ?? 0,
    score: scores[i] ?? 0,
  }));
}

export async function classImages(
  run: string,
  className: string,
  signal?: AbortSignal,
): Promise<ClassImages> {
  const query = { run, class: className };
  const { answer, file } = await getTensors('class_image', query, signal);
  return {
    ...(answer as Pick<ClassImages, 'class' | 'images'>),
    steps: int64(file, 'steps'),
    correct: uint8(file, 'correct'),
    predicted: int32(file, 'predicted'),
  };
}

export async function results(run: string, signal?: AbortSignal): Promise<Results> {
  const { answer, file } = await getTensors('results', { run }, signal);
  const steps = int64(file, 'steps');
  return {
    ...(answer as Pick<Results, 'ids'>),
    steps,
    correct: uint8(file, 'correct'),
    evaluated: uint8(file, 'evaluated'),
    validations: steps.length,
    stride: Math.ceil(steps.length / 8),
  };
}

export async function iterationImages(
  run: string,
  step: Step,
  signal?: AbortSignal,
): Promise<IterationImages> {
  const { answer, file } = await getTensors('iteration_image', { run, step }, signal);
  return {
    ...(answer as Pick<IterationImages, 'step' | 'previous'>),
    predicted: int32(file, 'predicted'),
    before: int32(file, 'before'),
  };
}

export async function findings(run: string, signal?: AbortSignal): Promise<readonly Finding[]> {
  const answer = await getJson<{ findings: Finding[] }>('findings', { run }, signal);
  return answer.findings;
}

/** Address of an image's bytes, for an `img` element. */
export function imageUrl(run: string, id: string | number): string {
  return `image?${new URLSearchParams({ run, id: String(id) }).toString()}`;
}
