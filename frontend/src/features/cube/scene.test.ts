/** The names along the cube. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import type { Unit } from '../../axis/units';
import { axisScale, type Grid, planGrid, TEXT } from '../correlation/api';
import { correlationOf } from '../correlation/fixtures';
import { widthOf } from '../../charts/scene/labels';
import type { Shape } from '../../charts/scene/shapes';
import { planCube, type Cube } from './geometry';
import { boxOf, planScene } from './scene';

type Text = Extract<Shape, { kind: 'text' }>;

const WIDTH = 1000;
const HEIGHT = 640;

const gridOf = (classes: number, layers = 1): Grid => {
  const each = Array.from({ length: Math.max(classes, layers) }, (_, i) => i);
  return planGrid({
    correlation: correlationOf(
      each.map((i) => ({ layer: i % layers, filters: [i], steps: [10 * (i % classes)] })),
      each.slice(0, classes).map((i) => [10 * i]),
    ),
    chance: null,
    detail: 'advanced',
    order: each.slice(0, classes),
    rowOf: (layer) => `stage${layer % 5}.${layer}.conv`,
  });
};

function sceneOf(
  names: readonly string[],
  {
    unfolded = 0,
    layers = 1,
    unit = 'iteration',
  }: { unfolded?: number; layers?: number; unit?: Unit } = {},
): { base: readonly Shape[]; cube: Cube; grid: Grid } {
  const cube = planCube(boxOf(WIDTH, HEIGHT), { x: 0.6, y: 0.36 }, unfolded);
  const raster = { pixels: new Uint32Array(1), width: 1, height: 1 };
  const grid = gridOf(names.length, layers);
  const { base } = planScene({
    grid,
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
    inks: { background: '#fff', ink: '#000', muted: '#888', line: '#ccc' },
    unfolded,
    layers,
    // As the fixture numbers them.
    className: (index) => names[(index - 1) / 3] ?? '',
    markOf: () => null,
    ticks: [0, 500, 1000].map((step) => ({ step, text: String(step) })),
    unit,
  });
  return { base, cube, grid };
}

const isText = (shape: Shape): shape is Text => shape.kind === 'text';

/** What stands below the right face. */
const classNames = (names: readonly string[], unfolded = 0): Text[] =>
  sceneOf(names, { unfolded })
    .base.filter(isText)
    .filter(({ rotate }) => rotate !== undefined);

test('names of classes are turned only where they have no room to lie', () => {
  const digits = '0123456789'.split('');
  expect(classNames(digits, 1).map(({ text, rotate }) => [text, rotate])).toEqual(
    digits.map((digit) => [digit, 0]),
  );
  const long = digits.map((digit) => `class number ${digit}`);
  expect(new Set(classNames(long, 1).map(({ rotate }) => rotate))).toEqual(new Set([55]));
});

test('each layer has a line to the name of its row, or to the one that its row shares', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), (layers) => {
      const { base, cube, grid } = sceneOf(['a', 'b'], { layers });
      const named = base
        .filter(isText)
        .filter(({ anchor, size, at }) => anchor === 'end' && size === TEXT && at.x < 146);
      const leaders = base.flatMap((shape) =>
        // From the strip of the network.
        shape.kind === 'lines' ? shape.lines.filter(([start]) => start?.x === 20) : [],
      );
      expect(leaders).toHaveLength(grid.groups.length);
      for (const line of leaders) {
        const end = line.at(-1);
        const name = named.find(({ at }) => Math.abs(at.y - 4 - (end?.y ?? NaN)) < 1e-6);
        const gap = (name?.at.x ?? NaN) - widthOf(name?.text ?? '', TEXT) - (end?.x ?? NaN);
        expect(gap).toBeGreaterThanOrEqual(0);
        expect(gap).toBeLessThan(4);
      }
      expect(Math.min(...named.map(({ at }) => at.y))).toBeGreaterThan(cube.front.matrix.f);
      const said = base.filter(isText).some(({ text }) => text === '(n): n rows');
      expect(said).toBe(named.length < grid.groups.length);
    }),
  );
});

test('the iterations are written in the unit of the axis', () => {
  const texts = (unit: Unit): string[] =>
    sceneOf(['a'], { unit })
      .base.filter(isText)
      .map(({ text }) => text);
  expect(texts('iteration')).toContain('iterations; ▲ anomaly iterations');
  expect(texts('time')).toContain('wall time; ▲ anomaly iterations');
  expect(texts('epoch')).toEqual(expect.arrayContaining(['0', '500', '1000']));
});

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
