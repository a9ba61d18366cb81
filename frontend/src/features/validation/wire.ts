import type { About } from '../../run/wire';
import { askArrays } from '../../wire/answers';
import type { Step } from '../../wire/units';

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

export const errorRates = (about: About, signal?: AbortSignal): Promise<ErrorRates> =>
  askArrays('/error_rates', about, signal);

export async function clusters(about: About, k: number, signal?: AbortSignal): Promise<Clusters> {
  const answer = await askArrays('/clusters', { ...about, k }, signal);
  const n = answer.steps.length;
  return {
    k: answer.clusters.length,
    clusters: answer.clusters.map((classes, i) => ({
      classes,
      errorRate: answer.error_rate.subarray(i * n, (i + 1) * n),
    })),
  };
}

export async function clusterCounts(
  about: About,
  max: number,
  signal?: AbortSignal,
): Promise<ClusterCounts> {
  const answer = await askArrays('/cluster_counts', { ...about, most: max }, signal);
  return { ...answer, k: Array.from(answer.k) };
}
