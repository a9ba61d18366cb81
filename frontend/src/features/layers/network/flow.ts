/**
 * The data flow between layers as a graph that can be drawn.
 *
 * A residual or densely connected block feeds each layer from all the layers before it:
 * drawn as they are, a model of 120 layers has hundreds of edges. But these sets of
 * sources grow by one layer after the other, as the data does in the model, where an
 * addition or a concatenation takes what came out of the one before. Such a place is
 * a *junction* here: one for each different set of several sources, fed by earlier
 * junctions and layers. Nothing is lost: a layer's sources are what its junction
 * gathers.
 */
export interface FlowGraph {
  /** Number of layers: vertices 0 … layers − 1. The vertices from there on are junctions. */
  readonly layers: number;
  /** Of each vertex, the vertices whose data flows into it. */
  readonly sources: readonly (readonly number[])[];
  /** All vertices, each behind its sources; the layers among them in forward order. */
  readonly order: readonly number[];
}

/** @param edges pairs of layers, the first smaller: data flows from it to the second */
export function flowGraph(
  layers: number,
  edges: readonly (readonly [number, number])[],
): FlowGraph {
  const feeding = Array.from({ length: layers }, () => new Set<number>());
  for (const [from, to] of edges) feeding[to]?.add(from);

  const sources: (readonly number[])[] = feeding.map(() => []);
  const order: number[] = [];
  const junctions: Junction[] = [];
  const byContent = new Map<string, number>();
  feeding.forEach((own, layer) => {
    if (own.size < 2) {
      sources[layer] = [...own];
    } else {
      const content = [...own].sort((a, b) => a - b).join();
      let vertex = byContent.get(content);
      if (vertex === undefined) {
        vertex = sources.length;
        sources.push(cover(own, junctions));
        junctions.push({ vertex, gathers: own });
        byContent.set(content, vertex);
        order.push(vertex);
      }
      sources[layer] = [vertex];
    }
    order.push(layer);
  });
  return { layers, sources, order };
}

/** The layers whose data reaches a vertex through no other layer. */
export function layersInto(graph: FlowGraph, vertex: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (const source of graph.sources[vertex] ?? []) {
    if (source < graph.layers) found.add(source);
    else for (const each of layersInto(graph, source)) found.add(each);
  }
  return found;
}

interface Junction {
  readonly vertex: number;
  readonly gathers: ReadonlySet<number>;
}

/** Junctions and layers that together gather `wanted` and nothing else: the largest first. */
function cover(wanted: ReadonlySet<number>, junctions: readonly Junction[]): readonly number[] {
  const usable = junctions.filter(({ gathers }) => [...gathers].every((it) => wanted.has(it)));
  const missing = new Set(wanted);
  const parts: number[] = [];
  for (;;) {
    let best: Junction | null = null;
    let max = 1;
    for (const junction of usable) {
      const gained = [...junction.gathers].filter((it) => missing.has(it)).length;
      if (gained > max) [best, max] = [junction, gained];
    }
    if (!best) return [...parts, ...missing];
    parts.push(best.vertex);
    for (const layer of best.gathers) missing.delete(layer);
  }
}
