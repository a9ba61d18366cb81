import { getTensors } from '../../wire/http';
import { float32, int64 } from '../../wire/safetensors';
import type { Step } from '../../wire/units';

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
