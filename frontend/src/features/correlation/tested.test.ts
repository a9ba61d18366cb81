import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { IDENTITY } from '../../charts/scene/affine';
import type { Mark } from '../causes/api';
import type { Grid } from './grid';
import { causeMarks, type MarkOf } from './tested';

const ROWS = 5;
const TOGETHER = -8;
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

const marked = (verdict: Mark['verdict']): Mark =>
  ({ verdict, effect: { changed: 5, chance: 1, images: 5 } }) as Mark;

/** The middles of all marks. */
function drawn(markOf: MarkOf) {
  const shapes = causeMarks(grid, face, markOf, inks, TOGETHER);
  const halos = shapes.flatMap((shape) =>
    shape.kind === 'polygons' && shape.fill === inks.background ? shape.polygons : [],
  );
  const middle = (all: readonly number[]) => Math.round((Math.min(...all) + Math.max(...all)) / 2);
  return halos.map((points) => [
    middle(points.map(({ x }) => x)),
    middle(points.map(({ y }) => y)),
  ]);
}

test('a layer that was tested has its mark in the cell, many layers together one above', () => {
  expect(
    drawn((layers, index) => {
      if (index === 1) return layers === null ? marked('not') : null;
      return layers === null ? marked('together') : layers[0] === 2 ? marked('alone') : null;
    }),
  ).toEqual([
    [50, TOGETHER],
    [50, 50],
    [150, TOGETHER],
  ]);
});

test('what nothing is known of has no mark', () => {
  expect(drawn(() => null)).toEqual([]);
});
