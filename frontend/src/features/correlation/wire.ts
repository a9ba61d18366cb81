/** Which filters move when which classes flip: the routes about mini-sets. */
import { getTensors } from '../../wire/http';
import { float32, int32, int64 } from '../../wire/safetensors';
import type { ClassIndex, LayerIndex, Step } from '../../wire/units';

/** What the controls say; the same for all routes about mini-sets. */
export interface CorrelationQuery {
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
  readonly query: CorrelationQuery;
  /** Layers with anomaly filters, in forward order. */
  readonly layers: readonly LayerIndex[];
  /** Classes with anomaly iterations, and these, ascending. */
  readonly classes: readonly { readonly class: ClassIndex; readonly steps: readonly Step[] }[];
  /** int32[layers, classes]: number of anomaly filters. */
  readonly filters: Int32Array;
  /** Layer after layer. */
  readonly miniSets: readonly MiniSet[];
}

/** How surprising it is what each mini-set appears with; all by position of the mini-set. */
export interface Surprise {
  readonly query: CorrelationQuery;
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
  run: string,
  query: CorrelationQuery,
  signal?: AbortSignal,
): Promise<Correlation> {
  const { file } = await getTensors('correlation', parameters(run, query), signal);
  const ragged = <T extends { slice(a: number, b?: number): T }>(flat: T, name: string): T[] => {
    const start = int32(file, `${name}_start`);
    return Array.from(start.subarray(1), (end, i) => flat.slice(start[i] ?? 0, end));
  };
  const filters = ragged(int32(file, 'mini_set_filters'), 'mini_set_filters');
  const steps = ragged(int64(file, 'mini_set_steps'), 'mini_set_steps');
  const classSteps = ragged(int64(file, 'class_steps'), 'class_steps');
  const layers = int32(file, 'mini_set_layer');
  const appearances = int32(file, 'mini_set_appearances');
  return {
    query,
    layers: Array.from(int32(file, 'layer')),
    classes: Array.from(int32(file, 'class'), (it, i) => ({
      class: it,
      steps: classSteps[i] ?? [],
    })),
    filters: int32(file, 'filters'),
    miniSets: filters.map((own, i) => ({
      layer: layers[i] ?? 0,
      filters: own,
      steps: steps[i] ?? [],
      appearances: appearances[i] ?? 0,
    })),
  };
}

export async function surprise(
  run: string,
  query: CorrelationQuery,
  shuffles: number,
  signal?: AbortSignal,
): Promise<Surprise> {
  const asked = { ...parameters(run, query), shuffles };
  const { answer, file } = await getTensors('mini_set_surprise', asked, signal);
  return {
    query,
    ...(answer as Pick<Surprise, 'shuffles' | 'iterations'>),
    classes: int32(file, 'classes'),
    classesP: float32(file, 'classes_p'),
    best: int32(file, 'best'),
    times: int32(file, 'times'),
    timesP: float32(file, 'times_p'),
    timesAnyP: float32(file, 'times_any_p'),
  };
}

/** How the filters of a correlation's mini-sets vary, in at most so many columns. */
export async function miniSetFilters(
  run: string,
  query: CorrelationQuery,
  columns: number,
  signal?: AbortSignal,
): Promise<MiniSetFilters> {
  const asked = { ...parameters(run, query), columns };
  const { file } = await getTensors('mini_set_filters', asked, signal);
  const [steps, values] = [int64(file, 'steps'), float32(file, 'values')];
  return { steps, values, rows: values.length / Math.max(1, steps.length) };
}

const parameters = (run: string, query: CorrelationQuery): Record<string, string | number> => ({
  run,
  window: query.window,
  min_score: query.minScore,
  top_k: query.topK,
  measure: query.measure,
  min_appearances: query.minAppearances,
});
