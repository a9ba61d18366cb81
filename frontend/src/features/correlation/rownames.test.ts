import fc from 'fast-check';
import { expect, test } from 'vitest';

import { axisScale } from './face';
import type { Group } from './grid';
import { namesOfRows, sharedInWords } from './rownames';

/** Rows of as many filters, in the order of a network. */
function rowsOf(names: readonly string[], filters: readonly number[] = names.map(() => 1)) {
  const total = filters.reduce((a, b) => a + b, 0);
  let before = 0;
  return names.map((name, i): Group => {
    const from = before / total;
    before += filters[i] ?? 0;
    return { name, layers: [i], first: i, end: i + 1, filters: 1, from, to: before / total };
  });
}

const residual = Array.from({ length: 12 }, (_, i) =>
  [1, 2, 3].map((k) => `layer${1 + (i >> 2)}.${i % 4}.conv${k}`),
);
const network = ['conv1', ...residual.flat(), 'fc'];

test('rows that have room have names of their own', () => {
  const names = namesOfRows(rowsOf(network), axisScale(null, 12 * network.length));
  expect(names.map(({ text }) => text)).toEqual(network);
  expect(sharedInWords(names)).toBeNull();
});

test('without room, rows share the name of their block, then of their stage', () => {
  const blocks = namesOfRows(rowsOf(network), axisScale(null, 12 * 14));
  expect(blocks.map(({ text }) => text).slice(0, 4)).toEqual([
    'conv1',
    'layer1.0 (3)',
    'layer1.1 (3)',
    'layer1.2 (3)',
  ]);
  expect(sharedInWords(blocks)).not.toBeNull();
  const stages = namesOfRows(rowsOf(network), axisScale(null, 12 * 5));
  expect(stages.map(({ text }) => text)).toEqual([
    'conv1',
    'layer1 (12)',
    'layer2 (12)',
    'layer3 (12)',
    'fc',
  ]);
});

test('the lowest rows share a name first', () => {
  const filters = network.map((name) => (name.startsWith('layer2.1') ? 20 : 1));
  const names = namesOfRows(rowsOf(network, filters), axisScale(null, 12 * 16));
  expect(names.map(({ text }) => text)).toContain('layer2.1.conv2');
});

test('rows of no module share the names of the first and the last', () => {
  const flat = Array.from({ length: 9 }, (_, i) => String(i));
  const names = namesOfRows(rowsOf(flat), axisScale(null, 12 * 3));
  expect(names).toHaveLength(3);
  expect(names.map(({ text }) => text).join()).toMatch(/^0 … \d,.*8$/);
});

test('each row on screen has one name, and no name is in the line of another', () => {
  const segment = fc.constantFrom('a', 'b', 'conv', '0', '1');
  const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((path) => path.join('.'));
  const rows = fc
    .array(fc.tuple(name, fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 60 })
    .map((each) => rowsOf(...([each.map(([n]) => n), each.map(([, f]) => f)] as const)));
  fc.assert(
    fc.property(rows, fc.integer({ min: 40, max: 700 }), (groups, height) => {
      const names = namesOfRows(groups, axisScale(null, height));
      expect(names.flatMap((each) => each.groups)).toEqual(groups);
      names.slice(1).forEach(({ at }, i) => {
        expect(at - (names[i]?.at ?? 0)).toBeGreaterThanOrEqual(12 - 1e-9);
      });
      for (const { text, groups: own } of names) {
        if (own.length === 1) expect(text).toBe(own[0]?.name);
        else if (text.endsWith(` (${own.length})`)) {
          const module = text.slice(0, text.lastIndexOf(' '));
          for (const row of own) expect(`${row.name}.`.startsWith(`${module}.`)).toBe(true);
        } else expect(text).toBe(`${own[0]?.name ?? ''} … ${own.at(-1)?.name ?? ''}`);
      }
    }),
  );
});
