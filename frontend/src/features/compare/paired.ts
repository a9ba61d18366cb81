/**
 * Layers by name, with their positions among the nodes of both runs.
 *
 * @param layers of the shown run, in their order
 */
export function pairedLayers(
  layers: readonly string[],
  shown: readonly string[],
  other: readonly string[],
): readonly (readonly [name: string, shown: number, other: number])[] {
  const [own, others] = [positions(shown), positions(other)];
  return layers.flatMap((name) => {
    const [i, j] = [own.get(name), others.get(name)];
    return i === undefined || j === undefined ? [] : [[name, i, j] as const];
  });
}

const positions = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, i) => [name, i]));
