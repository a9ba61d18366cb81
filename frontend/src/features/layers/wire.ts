/** The routes about layers and their filters. */
import { getTensors } from '../../wire/http';
import { float32, int64 } from '../../wire/safetensors';
import type { Step } from '../../wire/units';

/** `values`: float32[nodes, dumps]. */
export interface LayerStats {
  readonly stat: string;
  readonly nodes: readonly string[];
  readonly steps: readonly Step[];
  readonly values: Float32Array;
}

/** Minimum, quartiles and maximum of the weights or gradients: float32[nodes, dumps] each. */
export interface Distributions {
  readonly of: Distributed;
  readonly steps: readonly Step[];
  readonly min: Float32Array;
  readonly q1: Float32Array;
  readonly median: Float32Array;
  readonly q3: Float32Array;
  readonly max: Float32Array;
}

export type Distributed = 'weight' | 'gradient';

/**
 * A measure of a layer's filters; `values`: float32[rows, columns], a row a filter and a
 * column a dump, or blocks of them with their means.
 */
export interface LayerFilters {
  readonly layer: string;
  readonly measure: string;
  /** Filters and dumps of a block. */
  readonly block: readonly [filters: number, dumps: number];
  /** The iteration of each column; of several dumps, one in their middle. */
  readonly steps: readonly Step[];
  readonly values: Float32Array;
}

/** A part of a layer's filters, as coarse as must be. */
export interface FilterWindow {
  /** The first dump and the one behind the last. */
  readonly dumps: readonly [number, number];
  readonly maxColumns: number;
}

export async function layerStats(
  run: string,
  stat: string,
  signal?: AbortSignal,
): Promise<LayerStats> {
  const { answer, file } = await getTensors('layer_stats', { run, stat }, signal);
  return {
    ...(answer as Pick<LayerStats, 'stat' | 'nodes'>),
    steps: int64(file, 'steps'),
    values: float32(file, 'values'),
  };
}

export async function distributions(
  run: string,
  of: Distributed,
  signal?: AbortSignal,
): Promise<Distributions> {
  const names = ['min', 'q1', 'median', 'q3', 'max'] as const;
  const answers = await Promise.all(names.map((name) => layerStats(run, `${of}_${name}`, signal)));
  const [min, q1, median, q3, max] = answers as [
    LayerStats,
    LayerStats,
    LayerStats,
    LayerStats,
    LayerStats,
  ];
  // A run that grows may have grown between the answers: what all of them have is shown.
  const steps = answers.reduce(
    (fewest, each) => (each.steps.length < fewest.length ? each.steps : fewest),
    min.steps,
  );
  const common = ({ nodes, steps: own, values }: LayerStats): Float32Array =>
    own.length === steps.length ? values : firstColumns(values, nodes.length, steps.length);
  return {
    of,
    steps,
    min: common(min),
    q1: common(q1),
    median: common(median),
    q3: common(q3),
    max: common(max),
  };
}

function firstColumns(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(rows * columns);
  const all = values.length / rows;
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray(row * all, row * all + columns), row * columns);
  }
  return out;
}

export async function layerFilters(
  run: string,
  layer: string,
  measure: string,
  window: FilterWindow | null,
  dumps: readonly Step[],
  signal?: AbortSignal,
): Promise<LayerFilters> {
  const query = {
    run,
    layer,
    measure,
    normalize: 'none',
    ...(window && { columns: window.dumps.join(':'), max_columns: window.maxColumns }),
  };
  const { answer, file } = await getTensors('layer_filter', query, signal);
  const said = answer as Pick<LayerFilters, 'layer' | 'measure'> & Partial<LayerFilters>;
  const block = said.block ?? [1, 1];
  return {
    ...said,
    block,
    steps: middles(int64(file, 'steps'), block[1], dumps),
    values: float32(file, file.tensors.has('values') ? 'values' : 'mean'),
  };
}

/** The weights of the layer whose filters are images, at some of the dumps. */
export interface Kernels {
  readonly steps: readonly Step[];
  /** Channels, height and width of a filter. */
  readonly shape: readonly [number, number, number];
  readonly filters: number;
  /** float32[steps, filters, ...shape] */
  readonly values: Float32Array;
}

/**
 * @param columns which dumps, from the first to behind the last
 * @param maxColumns how many of them at most
 */
export async function kernels(
  run: string,
  columns: readonly [number, number],
  maxColumns: number,
  signal?: AbortSignal,
): Promise<Kernels> {
  const query = { run, columns: columns.join(':'), max_columns: maxColumns };
  const { file } = await getTensors('kernels', query, signal);
  const [, filters = 0, channels = 0, height = 0, width = 0] =
    file.tensors.get('values')?.shape ?? [];
  return {
    steps: int64(file, 'steps'),
    shape: [channels, height, width],
    filters,
    values: float32(file, 'values'),
  };
}

/** The dump in the middle of each block of dumps that begins at one of `firsts`. */
function middles(firsts: readonly Step[], block: number, dumps: readonly Step[]): readonly Step[] {
  if (block === 1) return firsts;
  const start = dumps.indexOf(firsts[0] ?? -1);
  return firsts.map((first, i) => dumps[start + i * block + (block >> 1)] ?? first);
}
