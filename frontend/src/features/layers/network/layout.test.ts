import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { flatten } from './nodes';
import { levelBars, nodeExtents } from './bars';
import { flowGraph } from './flow';
import { layoutNetwork, SIZES } from './layout';

const models = fc.integer({ min: 1, max: 12 }).chain((layers) => {
  const pairs = Array.from({ length: layers }, (_, to) =>
    Array.from({ length: to }, (_, from) => [from, to] as const),
  ).flat();
  return fc.record({ layers: fc.constant(layers), edges: fc.subarray(pairs) });
});

describe('the layout', () => {
  test('has data flow downwards, within its borders, without layers on each other', () => {
    fc.assert(
      fc.property(models, ({ layers, edges }) => {
        const graph = flowGraph(layers, edges);
        const { vertices, edges: drawn, width, height } = layoutNetwork(graph);
        expect(drawn.length).toBe(graph.sources.flat().length);
        for (const { from, to, points } of drawn) {
          expect(points[0]).toEqual(vertices[from]);
          expect(points.at(-1)).toEqual(vertices[to]);
          expect(vertices[from]?.[1]).toBeLessThan(vertices[to]?.[1] ?? 0);
        }
        for (const [x, y] of drawn.flatMap(({ points }) => points).concat(vertices)) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThanOrEqual(width);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(height);
        }
        for (let a = 0; a < layers; a++) {
          for (let b = 0; b < a; b++) {
            const [ax = 0, ay = 0] = vertices[a] ?? [];
            const [bx = 0, by = 0] = vertices[b] ?? [];
            const apart =
              Math.abs(ax - bx) >= SIZES.layer.width || Math.abs(ay - by) >= SIZES.layer.height;
            expect(apart).toBe(true);
          }
        }
      }),
    );
  });

  test('draws blocks that are built alike alike', () => {
    // Layers 1 and 2 beside each other, then 4 and 5, joined in 3 and 6.
    const branches = [0, 3].flatMap((at) =>
      [
        [at, at + 1],
        [at, at + 2],
        [at + 1, at + 3],
        [at + 2, at + 3],
      ].map(([from = 0, to = 0]) => [from, to] as const),
    );
    const { vertices } = layoutNetwork(flowGraph(7, branches));
    const between = (a: number, b: number): readonly number[] => {
      const [ax = 0, ay = 0] = vertices[a] ?? [];
      const [bx = 0, by = 0] = vertices[b] ?? [];
      return [bx - ax, by - ay];
    };
    expect(between(0, 1)).toEqual(between(3, 4));
    expect(between(0, 2)).toEqual(between(3, 5));
    expect(vertices[1]?.[1]).toBe(vertices[2]?.[1]);
  });
});

describe('level bars', () => {
  const run = {
    modules: {
      name: '',
      type: 'Net',
      children: [
        { name: 'stem', type: 'Conv2d', layer: 0 },
        {
          name: 'block',
          type: 'Block',
          children: [
            {
              name: 'block.a',
              type: 'Branch',
              children: [
                { name: 'block.a.0', type: 'Conv2d', layer: 1 },
                { name: 'block.a.1', type: 'Conv2d', layer: 2 },
              ],
            },
            {
              name: 'block.b',
              type: 'Branch',
              children: [
                { name: 'block.b.0', type: 'Conv2d', layer: 3 },
                { name: 'block.b.1', type: 'Conv2d', layer: 4 },
              ],
            },
          ],
        },
        { name: 'fc', type: 'Linear', layer: 5 },
      ],
    },
    layers: Array.from({ length: 6 }, () => ({
      name: '',
      type: '',
      filters: 1,
      weight_shape: [1],
    })),
  };
  const edges = [
    [0, 1],
    [1, 2],
    [0, 3],
    [3, 4],
    [2, 5],
    [4, 5],
  ] as const;
  const nodes = flatten(run);
  const layout = layoutNetwork(flowGraph(6, edges));

  test('reach from the first to the last layer of their module', () => {
    const extents = nodeExtents(nodes, layout);
    const block = nodes.find(({ name }) => name === 'block');
    const middles = [1, 2, 3, 4].map((layer) => layout.vertices[layer]?.[1] ?? 0);
    expect(extents[block?.index ?? -1]).toEqual({
      top: Math.min(...middles) - SIZES.layer.height / 2,
      bottom: Math.max(...middles) + SIZES.layer.height / 2,
    });
  });

  test('of parallel branches lie beside each other', () => {
    const { bars, lanes } = levelBars(nodes, layout);
    const names = bars.map(({ node, depth, lane }) => [nodes[node]?.name, depth, lane]);
    expect(names).toEqual([
      ['stem', 1, 0],
      ['block', 1, 0],
      ['block.a', 2, 0],
      ['block.b', 2, 1],
      ['fc', 1, 0],
    ]);
    expect(lanes).toEqual([1, 2]);
  });
});
