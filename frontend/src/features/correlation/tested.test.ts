import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { IDENTITY } from '../../charts/scene/affine';
import type { Mark } from '../causes/api';
import type { Grid } from './grid';
import { causeMarks } from './tested';

const ROWS = 5;
const face = {
  matrix: IDENTITY,
  across: timeScale(0, 2, 200),
  down: timeScale(0, ROWS, 20 * ROWS),
};
const inks = { ink: '#000', muted: '#777', line: '#ccc', background: '#fff' };
const grid = {
  detail: 'abstract',
  groups: Array.from({ length: ROWS }, (_, i) => ({ layers: [i], from: i, to: i + 1 })),
  columns: [0, 1].map((i) => ({ class: i, from: i, to: i + 1 })),
} as unknown as Grid;

const effectOf = (layers: number): Mark['effect'] =>
  ({
    layers: Array.from({ length: layers }, (_, i) => ({ layer: i })),
  }) as unknown as Mark['effect'];

/** How many marks there are, and the lines through others. */
function drawn(markOf: (layer: number, index: number) => Mark | null) {
  const shapes = causeMarks(grid, face, ([layer], index) => markOf(layer ?? -1, index), inks);
  const halos = shapes.flatMap((shape) =>
    shape.kind === 'polygons' && shape.fill === inks.background ? shape.polygons : [],
  );
  const [first] = shapes;
  const stems = first?.kind === 'lines' ? first.lines : [];
  return { marks: halos.length, stems: stems.filter((line) => line[0]?.x === line[1]?.x) };
}

test('what takes filters of many layers is one mark, and a line through the others', () => {
  const all = effectOf(ROWS);
  const { marks, stems } = drawn((_, index) =>
    index === 0 ? { verdict: 'together', effect: all } : null,
  );
  expect(marks).toBe(1);
  expect(stems).toEqual([[10, 30, 50, 70, 90].map((y) => ({ x: 50, y }))]);
});

test('another effect in between has its own mark', () => {
  const all = effectOf(ROWS);
  const { marks, stems } = drawn((layer, index) => {
    if (index === 1) return null;
    return layer === 2
      ? { verdict: 'alone', effect: effectOf(1) }
      : { verdict: 'together', effect: all };
  });
  expect(marks).toBe(2);
  expect(stems).toEqual([[10, 30, 70, 90].map((y) => ({ x: 50, y }))]);
});

test('of few layers each has its mark, as what reverts nothing has', () => {
  const few = effectOf(3);
  const none = effectOf(ROWS);
  const found = drawn((layer, index) =>
    index === 0
      ? layer < 3
        ? { verdict: 'together', effect: few }
        : null
      : { verdict: 'not', effect: none },
  );
  expect(found).toEqual({ marks: 3 + ROWS, stems: [] });
});
