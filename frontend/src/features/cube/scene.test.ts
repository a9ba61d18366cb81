/** The names along the cube. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { axisScale, type Grid, planGrid } from '../correlation/api';
import { correlationOf } from '../correlation/fixtures';
import { widthOf } from '../../charts/scene/labels';
import type { Shape } from '../../charts/scene/shapes';
import { planCube } from './geometry';
import { boxOf, planScene, TEXT } from './scene';

type Text = Extract<Shape, { kind: 'text' }>;

const WIDTH = 1000;
const HEIGHT = 640;

const gridOf = (classes: number): Grid => {
  const each = Array.from({ length: classes }, (_, i) => i);
  return planGrid({
    correlation: correlationOf(
      each.map((i) => ({ layer: 0, filters: [i], steps: [10 * i] })),
      each.map((i) => [10 * i]),
    ),
    detail: 'advanced',
    order: each,
    rowOf: String,
  });
};

/** What stands below the right face. */
function classNames(names: readonly string[]): Text[] {
  const cube = planCube(boxOf(WIDTH, HEIGHT), { x: 0.6, y: 0.36 }, 0);
  const raster = { pixels: new Uint32Array(1), width: 1, height: 1 };
  const { base } = planScene({
    grid: gridOf(names.length),
    cube,
    scales: {
      time: timeScale(-50, 1050, cube.front.width),
      classes: axisScale(null, cube.right.width),
      rows: axisScale(null, cube.right.height),
    },
    rasters: { front: null, top: raster, right: raster },
    ratio: 1,
    width: WIDTH,
    height: HEIGHT,
    inks: { background: '#fff', ink: '#000', muted: '#888', line: '#ccc', mark: '#00f' },
    unfolded: 0,
    layers: 1,
    // As the fixture numbers them.
    className: (index) => names[(index - 1) / 3] ?? '',
  });
  return base.filter((shape): shape is Text => shape.kind === 'text' && shape.rotate === 0);
}

test('all classes have their names where these are short', () => {
  // So many cannot all stand one under the other.
  const names = '0123456789abcdef'.split('');
  expect(classNames(names).map(({ text }) => text)).toEqual(names);
});

test('no name of a class runs into another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 5 }), {
        minLength: 8,
        maxLength: 60,
      }),
      (names) => {
        const shown = classNames(names);
        expect(shown.length).toBeGreaterThan(2);
        for (const [i, one] of shown.entries()) {
          for (const other of shown.slice(i + 1)) {
            const isBeside = other.at.x - one.at.x >= widthOf(one.text, TEXT);
            const isUnder = Math.abs(other.at.y - one.at.y) >= TEXT;
            expect(isBeside || isUnder).toBe(true);
          }
        }
      },
    ),
  );
});
