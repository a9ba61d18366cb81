/** What must be asked to say whether a run shows what the paper found. */
import { askArrays, askJson } from '../../wire/answers';
import type { Place, Series } from './evidence';

/** A statistic of the given nodes. */
export async function statistic(
  run: string,
  stat: string,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Series[]> {
  const { nodes, steps, values } = await askArrays('/layer_stats', { run, stat }, signal);
  return wanted.map((name) => {
    const row = nodes.indexOf(name);
    return { name, values: values.subarray(row * steps.length, (row + 1) * steps.length) };
  });
}

export async function places(run: string, signal?: AbortSignal): Promise<readonly Place[]> {
  const { findings } = await askJson('/findings', { run }, signal);
  return findings.flatMap((each) =>
    each.places.map(({ layer, filter }) => ({ rule: each.rule, layer, filter })),
  );
}
