import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ancestors, closedBelow, flatten, initiallyClosed, leaves, levels } from './network/nodes';
import type { Node } from './network/nodes';
import type { Layer, Module } from '../../run/wire';
import { linkEnd } from './structure';
import { filterHeight, planRows, ROW_HEIGHTS, sortNodes, visibleNodes } from './plan';

type Tree = readonly Tree[];

const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
})).tree;

/** The nodes of a model: every node without one below it is a layer. */
function nodesOf(tree: Tree, filters = 3): readonly Node[] {
  const layers: Layer[] = [];
  const module = (children: Tree, name: string): Module => {
    const below = children.map((child, i) => module(child, name === '' ? `${i}` : `${name}.${i}`));
    if (children.length > 0) return { name, type: 'Module', children: below };
    layers.push({ name, type: 'Conv2d', filters, weight_shape: [filters] });
    return { name, type: 'Conv2d', layer: layers.length - 1 };
  };
  return flatten({ modules: module(tree, ''), layers });
}

const drawn = fc.tuple(trees, fc.func(fc.boolean())).map(([tree, open]) => {
  const nodes = nodesOf(tree);
  return { nodes, isOpen: ({ index }: Node): boolean => open(index) };
});

describe('the rows of the layer view', () => {
  test('are the nodes whose modules are all open', () => {
    fc.assert(
      fc.property(drawn, ({ nodes, isOpen }) => {
        const expected = nodes.filter(({ index }) => ancestors(nodes, index).every(isOpen));
        expect(visibleNodes(nodes, isOpen)).toEqual(expected);
      }),
    );
  });

  test('in another order are the same but for opened modules', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom('value', 'trend'), ({ nodes, isOpen }, order) => {
        const columns = 2;
        // The later a node, the larger its value at the second dump.
        const values = Float32Array.from(nodes.flatMap(({ index }) => [index % 3, index]));
        const visible = visibleNodes(nodes, isOpen);
        const matrix = { values, rows: nodes.length, columns };
        const sorted = sortNodes(visible, isOpen, order, matrix, 1);
        const frontier = visible.filter((node) => node.layer !== null || !isOpen(node));
        if (order === 'value') expect(sorted).toEqual(frontier.toReversed());
        expect(new Set(sorted)).toEqual(new Set(frontier));
        expect(sorted.length).toBe(frontier.length);
        expect(sortNodes(visible, isOpen, 'network', matrix, 1)).toBe(visible);
      }),
    );
  });

  test('by trend go by their own courses', () => {
    const nodes = nodesOf([[], [], [], []]);
    const courses = [NaN, NaN, NaN, 1, 2, 3, 3, 2, 1, 2, 4, 6, 9, 6, 3];
    const matrix = { values: Float32Array.from(courses), rows: 5, columns: 3 };
    const order = sortNodes(nodes, ({ layer }) => layer === null, 'trend', matrix, 0);
    const rising = order.map(({ name }) => name === '0' || name === '2');
    expect([rising, rising.toReversed()]).toContainEqual([true, true, false, false]);
  });

  test('stand below each other, filters below their layer if it is open', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom('line', 'horizon', 'box'), ({ nodes, isOpen }, chart) => {
        const rows = planRows(visibleNodes(nodes, isOpen), isOpen, chart);
        const ids = visibleNodes(nodes, isOpen).flatMap((node) =>
          node.layer !== null && isOpen(node)
            ? [`node-${node.index}`, `filters-${node.index}`]
            : [`node-${node.index}`],
        );
        expect(rows.map(({ id }) => id)).toEqual(ids);
        let top = 0;
        for (const row of rows) {
          expect(row.top).toBe(top);
          if (row.kind === 'node') expect(row.height).toBe(ROW_HEIGHTS[chart]);
          else expect(row.height).toBeGreaterThanOrEqual(row.node.filters * row.filterHeight);
          top += row.height;
        }
      }),
    );
  });

  test('use the area that filters leave, within limits', () => {
    const nodes = nodesOf([], 20);
    const heights = (room: number, isOpen: boolean): readonly number[] =>
      planRows(nodes, () => isOpen, 'line', { room })
        .filter(({ kind }) => kind === 'node')
        .map(({ height }) => height);
    expect(heights(20, false)).toEqual([48]);
    expect(heights(84, false)).toEqual([72]);
    expect(heights(999, false)).toEqual([96]);
    // Of 20 filters, each eight pixels high.
    expect(heights(172 + 60, true)).toEqual([48]);
    expect(heights(172 + 84, true)).toEqual([72]);
  });

  test('leave room for every filter, and for images where there are some', () => {
    expect([1, 50, 64, 100, 400, 4096].map(filterHeight)).toEqual([8, 8, 6, 4, 1, 1]);
    const [node] = nodesOf([], 200);
    const [, filters] = planRows(node ? [node] : [], () => true, 'line', {
      image: () => 24,
      row: 8,
      ridges: true,
    });
    expect(filters).toMatchObject({ filterHeight: 24, asRidges: false });
    expect(filters?.height).toBeGreaterThanOrEqual(200 * 24);
  });

  test('have the height that was chosen for a filter, or are ridge lines', () => {
    const [node] = nodesOf([], 200);
    const heights = [{ row: 8 }, { row: 0 }, { row: 8, ridges: true }].map((sizes) => {
      const [, filters] = planRows(node ? [node] : [], () => true, 'line', sizes);
      return filters?.height;
    });
    expect(heights).toEqual([200 * 8 + 12, 200 * 2 + 12, 160]);
  });
});

describe('modules', () => {
  test('that are closed at a level leave what is above it', () => {
    fc.assert(
      fc.property(trees, fc.integer({ min: 1, max: 5 }), (tree, level) => {
        const nodes = nodesOf(tree);
        const closed = closedBelow(nodes, level);
        const shown = visibleNodes(nodes, ({ index }) => !closed.includes(index));
        expect(shown).toEqual(nodes.filter(({ depth }) => depth <= level));
        expect(levels(nodes)).toBe(Math.max(...nodes.map(({ depth }) => depth)));
        expect(leaves(nodes).map((index) => nodes[index]?.layer)).toEqual([
          ...leaves(nodes).keys(),
        ]);
      }),
    );
  });

  test('are open at first in a small model, closed below some nodes in a large one', () => {
    const block = (layers: number): Tree => Array.from({ length: layers }, () => []);
    expect(initiallyClosed(nodesOf([block(20), block(20)]))).toEqual([]);
    const shown = (tree: Tree): number => {
      const nodes = nodesOf(tree);
      const closed = initiallyClosed(nodes);
      return visibleNodes(nodes, ({ index }) => !closed.includes(index)).length;
    };
    // Five modules are enough to show, beside the model itself.
    expect(shown(Array.from({ length: 5 }, () => block(9)))).toBe(6);
    // A model within a module is opened further.
    expect(shown([Array.from({ length: 6 }, () => block(9))])).toBe(8);
    // The last level is open where none before it has enough.
    expect(shown([[block(41)]])).toBe(44);
  });
});

describe('links to the rows', () => {
  test('begin and end at what is on screen of a bar or a row, and never beyond the panel', () => {
    expect(linkEnd(10, 30, 400)).toBe(20);
    expect(linkEnd(-100, 40, 400)).toBe(20);
    expect(linkEnd(380, 700, 400)).toBe(390);
    expect([linkEnd(500, 700, 400), linkEnd(-90, -20, 400)]).toEqual([397, 3]);
    const at = fc.integer({ min: -2000, max: 4000 });
    fc.assert(
      fc.property(at, fc.nat(500), fc.integer({ min: 50, max: 900 }), (top, length, height) => {
        const end = linkEnd(top, top + length, height);
        expect(end).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(height);
      }),
    );
  });
});
