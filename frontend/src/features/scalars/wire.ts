/** The user's own scalars, from TensorBoard's scalars plugin next door. */
import { getJson } from '../../wire/http';
import type { Step } from '../../wire/units';

export interface Series {
  readonly tag: string;
  readonly steps: readonly Step[];
  readonly values: readonly number[];
  /** When each was logged, in seconds since the epoch. */
  readonly times: readonly number[];
}

type Tags = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Tags of the run's scalars; none if the plugin is absent or does not know the run. */
export async function scalarTags(run: string, signal?: AbortSignal): Promise<readonly string[]> {
  const tags = await getJson<Tags>('../scalars/tags', {}, signal);
  return Object.keys(tags[run] ?? {});
}

export async function scalars(run: string, tag: string, signal?: AbortSignal): Promise<Series> {
  const points = await getJson<[number, number, number | string | null][]>(
    '../scalars/scalars',
    { run, tag },
    signal,
  );
  return {
    tag,
    steps: points.map(([, step]) => step),
    times: points.map(([time]) => time),
    // TensorBoard writes non-finite values as strings.
    values: points.map(([, , value]) => (typeof value === 'number' ? value : NaN)),
  };
}
