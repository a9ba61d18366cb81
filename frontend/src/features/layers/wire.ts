/** The routes about layers and their filters. */
import { askArrays } from '../../wire/answers';
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
  readonly nodes: readonly string[];
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

/** The dumps that are asked for, and how many columns they may become. */
export interface DumpsPart {
  /** The first dump and the one behind the last. */
  readonly dumps: readonly [number, number];
  readonly maxColumns: number;
}

export const layerStats = (run: string, stat: string, signal?: AbortSignal): Promise<LayerStats> =>
  askArrays('/layer_stats', { run, stat }, signal);

export const distributions = (
  run: string,
  of: Distributed,
  signal?: AbortSignal,
): Promise<Distributions> => askArrays('/layer_distributions', { run, of }, signal);

export async function layerFilters(
  run: string,
  layer: string,
  measure: string,
  part: DumpsPart | null,
  dumps: readonly Step[],
  signal?: AbortSignal,
): Promise<LayerFilters> {
  const query = {
    run,
    layer,
    measure,
    normalize: 'none',
    ...(part && { columns: part.dumps.join(':'), max_columns: part.maxColumns }),
  } as const;
  const answer = await askArrays('/layer_filter', query, signal);
  const [filters = 1, columns = 1] = answer.block ?? [];
  return {
    layer: answer.layer,
    measure: answer.measure,
    block: [filters, columns],
    steps: middles(answer.steps, columns, dumps),
    values: answer.values ?? answer.mean ?? new Float32Array(),
  };
}

/** The dump in the middle of each block of dumps that begins at one of `firsts`. */
function middles(firsts: readonly Step[], block: number, dumps: readonly Step[]): readonly Step[] {
  if (block === 1) return firsts;
  const start = dumps.indexOf(firsts[0] ?? -1);
  return firsts.map((first, i) => dumps[start + i * block + (block >> 1)] ?? first);
}
