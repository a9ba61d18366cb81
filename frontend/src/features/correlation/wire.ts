/** Which filters move when which classes flip: the routes about mini-sets. */
import type { About } from '../../run/wire';
import { askArrays } from '../../wire/answers';
import type { ClassIndex, LayerIndex, Step } from '../../wire/units';

/** What the controls say; the same for all routes about mini-sets. */
export interface CorrelationParameters {
  readonly window: number;
  readonly minScore: number;
  readonly topK: number;
  readonly measure: string;
  readonly minAppearances: number;
}

/** Filters of a layer that are anomaly filters of the same iterations. */
export interface MiniSet {
  readonly layer: LayerIndex;
  /** Positions in the layer, ascending. */
  readonly filters: Int32Array;
  /** Iterations whose anomaly filters they are, ascending. */
  readonly steps: readonly Step[];
  /** Number of pairs of a class and one of its anomaly iterations. */
  readonly appearances: number;
}

export interface Correlation {
  readonly query: CorrelationParameters;
  /** Layers with anomaly filters, in forward order. */
  readonly layers: readonly LayerIndex[];
  /** Classes with anomaly iterations, and these, ascending. */
  readonly classes: readonly { readonly class: ClassIndex; readonly steps: readonly Step[] }[];
  /** int32[layers, classes]: number of anomaly filters. */
  readonly filters: Int32Array;
  /** Layer after layer. */
  readonly miniSets: readonly MiniSet[];
}

/**
 * What chance makes of the numbers of anomaly filters; all are [layers, classes], in the order
 * of the correlation.
 */
export interface Chance {
  /** Number of anomaly iterations, of which each class has some. */
  readonly iterations: number;
  readonly expected: Float32Array;
  /** The range of 95 %. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly p: Float32Array;
  /** `p` corrected for all cells. */
  readonly q: Float32Array;
}

/** How surprising it is what each mini-set appears with; all by position of the mini-set. */
export interface Surprise {
  readonly query: CorrelationParameters;
  readonly shuffles: number;
  /** Number of anomaly iterations that were shuffled. */
  readonly iterations: number;
  readonly classes: Int32Array;
  readonly classesP: Float32Array;
  /** The class it appears with most often, how often, and the p-values for it and for any class. */
  readonly best: Int32Array;
  readonly times: Int32Array;
  readonly timesP: Float32Array;
  readonly timesAnyP: Float32Array;
  /** `classesP` and `timesAnyP` corrected for all mini-sets. */
  readonly classesQ: Float32Array;
  readonly timesQ: Float32Array;
}

/**
 * `values`: float32[rows, columns], a row a filter, in the order of the correlation's
 * mini-sets.
 */
export interface MiniSetFilters {
  readonly steps: readonly Step[];
  readonly values: Float32Array;
  readonly rows: number;
}

export async function correlation(
  about: About,
  query: CorrelationParameters,
  signal?: AbortSignal,
): Promise<Correlation> {
  const answer = await askArrays('/correlation', parameters(about, query), signal);
  const filters = ragged(answer.mini_set_filters, answer.mini_set_filters_start);
  const steps = ragged(answer.mini_set_steps, answer.mini_set_steps_start);
  const classSteps = ragged(answer.class_steps, answer.class_steps_start);
  return {
    query,
    layers: Array.from(answer.layer),
    classes: Array.from(answer.class, (it, i) => ({ class: it, steps: classSteps[i] ?? [] })),
    filters: answer.filters,
    miniSets: filters.map((own, i) => ({
      layer: answer.mini_set_layer[i] ?? 0,
      filters: own,
      steps: steps[i] ?? [],
      appearances: answer.mini_set_appearances[i] ?? 0,
    })),
  };
}

/** The parts of a flat array that begin where `start` says; its last entry is the end. */
const ragged = <T extends { slice(a: number, b?: number): T }>(flat: T, start: Int32Array): T[] =>
  Array.from(start.subarray(1), (end, i) => flat.slice(start[i] ?? 0, end));

export async function expectedFilters(
  about: About,
  query: CorrelationParameters,
  signal?: AbortSignal,
): Promise<Chance> {
  const answer = await askArrays('/expected_filters', parameters(about, query), signal);
  const { iterations, expected, low, high, p, q } = answer;
  return { iterations, expected, low, high, p, q };
}

export async function surprise(
  about: About,
  query: CorrelationParameters,
  shuffles: number,
  signal?: AbortSignal,
): Promise<Surprise> {
  const asked = { ...parameters(about, query), shuffles };
  const answer = await askArrays('/mini_set_surprise', asked, signal);
  return {
    query,
    shuffles: answer.shuffles,
    iterations: answer.iterations,
    classes: answer.classes,
    classesP: answer.classes_p,
    best: answer.best,
    times: answer.times,
    timesP: answer.times_p,
    timesAnyP: answer.times_any_p,
    classesQ: answer.classes_q,
    timesQ: answer.times_q,
  };
}

/** How the filters of a correlation's mini-sets vary, in at most so many columns. */
export async function miniSetFilters(
  about: About,
  query: CorrelationParameters,
  columns: number,
  signal?: AbortSignal,
): Promise<MiniSetFilters> {
  const asked = { ...parameters(about, query), columns };
  const { steps, values } = await askArrays('/mini_set_filters', asked, signal);
  return { steps, values, rows: values.length / Math.max(1, steps.length) };
}

const parameters = (about: About, query: CorrelationParameters) => ({
  ...about,
  window: query.window,
  min_score: query.minScore,
  top_k: query.topK,
  measure: query.measure,
  min_appearances: query.minAppearances,
});
