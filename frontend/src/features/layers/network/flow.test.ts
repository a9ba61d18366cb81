import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { flowGraph, layersInto, type FlowGraph } from './flow';

type Edge = readonly [number, number];

const models = fc.integer({ min: 0, max: 14 }).chain((layers) => {
  const pairs = Array.from({ length: layers }, (_, to) =>
    Array.from({ length: to }, (_, from): Edge => [from, to]),
  ).flat();
  return fc.record({ layers: fc.constant(layers), edges: fc.subarray(pairs) });
});

const drawn = (graph: FlowGraph): number => graph.sources.flat().length;

/** Blocks of two layers, each fed by what came out of all blocks before it. */
function residual(blocks: number): { layers: number; edges: Edge[] } {
  const edges: Edge[] = [];
  let sources = [0];
  for (let block = 0; block < blocks; block++) {
    const [first, second] = [1 + 2 * block, 2 + 2 * block];
    edges.push(...sources.map((from): Edge => [from, first]), [first, second]);
    sources = [...sources, second];
  }
  return { layers: 1 + 2 * blocks, edges };
}

describe('the flow graph', () => {
  test('says the same as the edges', () => {
    fc.assert(
      fc.property(models, ({ layers, edges }) => {
        const graph = flowGraph(layers, edges);
        for (let layer = 0; layer < layers; layer++) {
          const feeding = edges.filter(([, to]) => to === layer).map(([from]) => from);
          expect([...layersInto(graph, layer)].sort((a, b) => a - b)).toEqual(feeding);
        }
      }),
    );
  });

  test('has every vertex once, behind its sources, and the layers in forward order', () => {
    fc.assert(
      fc.property(models, ({ layers, edges }) => {
        const { order, sources } = flowGraph(layers, edges);
        expect(new Set(order).size).toBe(sources.length);
        order.forEach((vertex, i) => {
          for (const source of sources[vertex] ?? []) expect(order.indexOf(source)).toBeLessThan(i);
        });
        const inOrder = order.filter((vertex) => vertex < layers);
        expect(inOrder).toEqual(Array.from({ length: layers }, (_, i) => i));
      }),
    );
  });

  test('of residual blocks grows with the blocks, not with their square', () => {
    const { layers, edges } = residual(50);
    expect(edges.length).toBe(1325);
    const graph = flowGraph(layers, edges);
    // Into each block, within it, out of it and past it.
    expect(drawn(graph)).toBeLessThan(4 * 50);
    // All but the first block's input is a junction.
    expect(graph.sources.length - layers).toBe(49);
  });

  test('gathers branches once for all that follow', () => {
    const graph = flowGraph(6, [
      [0, 1],
      [0, 2],
      [0, 3],
      ...[4, 5].flatMap((to) => [1, 2, 3].map((from): Edge => [from, to])),
    ]);
    expect(graph.sources.slice(4)).toEqual([[6], [6], [1, 2, 3]]);
  });
});
