/** What is under the pointer and what lights up, on all faces of a small cube. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale, toX } from '../../axis/scale';
import {
  ANYTHING,
  axisScale,
  type Grid,
  light,
  lineAt,
  type Pick,
  pickSet,
  planGrid,
  writePick,
} from '../correlation/api';
import { correlationOf, correlations } from '../correlation/fixtures';
import { errorPalette, rampPalette } from '../../charts/palette';
import { apply, type Point } from '../../charts/scene/affine';
import { colorPosition, colorScale } from '../layers/api';
import { frontPixels, topPixels } from './faces';
import { planCube, type Cube, type Face } from './geometry';
import { planLit } from './highlight';
import { pickCube } from './pick';
import { boxOf, type CubeScales } from './scene';

const WIDTH = 1000;
const HEIGHT = 640;

const gridOf = (correlation: ReturnType<typeof correlationOf>): Grid =>
  planGrid({
    correlation,
    chance: null,
    detail: 'advanced',
    order: [...correlation.classes.keys()],
    rowOf: String,
  });

function cubeOf(unfolded: number): { cube: Cube; scales: CubeScales } {
  const cube = planCube(boxOf(WIDTH, HEIGHT), { x: 0.6, y: 0.36 }, unfolded);
  const scales = {
    time: timeScale(-50, 1050, cube.front.width),
    classes: axisScale(null, cube.right.width),
    rows: axisScale(null, cube.right.height),
  };
  return { cube, scales };
}

const small = gridOf(
  correlationOf(
    [
      { layer: 0, filters: [3, 17, 29], steps: [500, 600] },
      { layer: 1, filters: [2], steps: [100, 500, 600, 900] },
      { layer: 4, filters: [7, 8], steps: [900] },
    ],
    [[100, 500], [500, 600], [900]],
  ),
);

const on = (cube: Cube, face: Face, x: number, y: number): Point =>
  apply(cube[face].matrix, { x, y });
const middle = ({ from, to }: { from: number; to: number }): number => (from + to) / 2;
const under = (cube: Cube, scales: CubeScales, point: Point): readonly string[] =>
  pickCube(small, cube, scales, point).picks.map(writePick);

describe.each([0, 1])('under the pointer, unfolded %i', (unfolded) => {
  const { cube, scales } = cubeOf(unfolded);
  const row = (i: number): number => toX(scales.rows, middle(small.sets[i] as never));
  const depth = (i: number): number => toX(scales.classes, middle(small.columns[i] as never));

  test('of the front is the mini-set, with the anomaly iteration if it is near', () => {
    expect(under(cube, scales, on(cube, 'front', toX(scales.time, 300), row(0)))).toEqual([
      '0.3..',
    ]);
    expect(under(cube, scales, on(cube, 'front', toX(scales.time, 500) + 2, row(0)))).toEqual([
      '0.3..500',
    ]);
  });

  test('of the top is the class, with its anomaly iteration if it is near', () => {
    expect(under(cube, scales, on(cube, 'top', toX(scales.time, 300), depth(1)))).toEqual(['..4.']);
    expect(under(cube, scales, on(cube, 'top', toX(scales.time, 600) - 2, depth(1)))).toEqual([
      '..4.600',
    ]);
    // It is an anomaly iteration, but not of this class.
    expect(under(cube, scales, on(cube, 'top', toX(scales.time, 600), depth(2)))).toEqual(['..7.']);
  });

  test('of the right is a mark with all it means, or the line of its mini-set', () => {
    const column = small.columns[1] as never;
    const x = toX(scales.classes, lineAt(column, 0));
    expect(under(cube, scales, on(cube, 'right', x, row(0)))).toEqual(['0.3.4.500']);
    expect(under(cube, scales, on(cube, 'right', depth(2), row(0)))).toEqual(['0.3..']);
  });

  test('of the names beside it are layers, classes and iterations', () => {
    expect(under(cube, scales, on(cube, 'front', -20, row(2)))).toEqual(['4...']);
    expect(under(cube, scales, on(cube, 'right', depth(2), cube.right.height + 8))).toEqual([
      '..7.',
    ]);
    const below = on(cube, 'front', toX(scales.time, 900), cube.front.height + 6);
    expect(under(cube, scales, below)).toEqual(['...900']);
    expect(under(cube, scales, { x: 300, y: 12 })).toEqual([]);
  });
});

describe('what is lit', () => {
  const { cube, scales } = cubeOf(0);
  const inside = (point: Point, polygon: readonly Point[]): boolean => {
    let odd = false;
    polygon.forEach((a, i) => {
      const b = polygon[(i + 1) % polygon.length] as Point;
      const crosses = a.y > point.y !== b.y > point.y;
      if (crosses && point.x < ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
    });
    return odd;
  };
  const isOn = (point: Point, [a, b]: readonly Point[]): boolean => {
    if (!a || !b) return false;
    const far = (from: Point, to: Point): number => Math.hypot(to.x - from.x, to.y - from.y);
    return far(point, a) + far(point, b) <= far(a, b) + 0.01;
  };
  const isLit = (grid: Grid, pick: Pick, point: Point): boolean => {
    const lit = planLit(
      grid,
      cube,
      scales,
      [{ name: 'A', lit: light(grid, [pick]), color: '#f00' }],
      null,
    );
    return lit.some((shape) => {
      if (shape.kind === 'polygons') return shape.polygons.some((it) => inside(point, it));
      if (shape.kind !== 'lines') return false;
      return shape.lines.some((it) => (it.length > 2 ? inside(point, it) : isOn(point, it)));
    });
  };
  const isFilled = (grid: Grid, pick: Pick, point: Point): boolean =>
    planLit(
      grid,
      cube,
      scales,
      [{ name: 'A', lit: light(grid, [pick]), color: '#f00' }],
      null,
    ).some((shape) => shape.kind === 'polygons' && shape.polygons.some((it) => inside(point, it)));
  /** At the edge to the right, where what is lit has a mark. */
  const EDGE = cube.front.width - 2;
  const row = (grid: Grid, i: number): number => toX(scales.rows, middle(grid.sets[i] as never));
  const depth = (grid: Grid, i: number): number =>
    toX(scales.classes, middle(grid.columns[i] as never));

  test('of a mini-set is marked at its stripe in front, its row on the right, and its classes on top', () => {
    const pick = pickSet(small.sets[0] as never);
    expect(isLit(small, pick, on(cube, 'front', EDGE, row(small, 0)))).toBe(true);
    expect(isLit(small, pick, on(cube, 'front', EDGE, row(small, 2)))).toBe(false);
    expect(isLit(small, pick, on(cube, 'right', depth(small, 2), row(small, 0)))).toBe(true);
    expect(
      [0, 1, 2].map((i) => isLit(small, pick, on(cube, 'top', EDGE, depth(small, i)))),
    ).toEqual([true, true, false]);
  });

  test('of a class is its stripe on top, its column on the right, and its filters in front', () => {
    const pick = { ...ANYTHING, class: 7 };
    expect(isLit(small, pick, on(cube, 'top', EDGE, depth(small, 2)))).toBe(true);
    expect(isLit(small, pick, on(cube, 'top', EDGE, depth(small, 0)))).toBe(false);
    expect(isLit(small, pick, on(cube, 'right', depth(small, 2), row(small, 0)))).toBe(true);
    expect(
      [0, 1, 2].map((i) => isLit(small, pick, on(cube, 'front', EDGE, row(small, i)))),
    ).toEqual([false, true, true]);
  });

  test('of an iteration is its column in front and its line on top', () => {
    const pick = { ...ANYTHING, step: 600 };
    const x = toX(scales.time, 600);
    expect(isLit(small, pick, on(cube, 'front', x, row(small, 2)))).toBe(true);
    expect(isLit(small, pick, on(cube, 'top', x, depth(small, 2)))).toBe(true);
    expect(isLit(small, pick, on(cube, 'front', x + 20, row(small, 2)))).toBe(false);
  });

  test('is what belongs together, on the front and the top of any cube', () => {
    fc.assert(
      fc.property(correlations, fc.nat(), (correlation, n) => {
        const grid = gridOf(correlation);
        const column = grid.columns[n % grid.columns.length];
        if (!column) return;
        const pick = { ...ANYTHING, class: column.class };
        grid.sets.forEach((set, i) => {
          const shared = set.steps.some((step) => column.steps.includes(step));
          expect(isLit(grid, pick, on(cube, 'front', EDGE, row(grid, i)))).toBe(shared);
        });
      }),
    );
  });

  test('hides nothing of the faces but a mark at an edge and the marks of mini-sets', () => {
    fc.assert(
      fc.property(correlations, fc.nat(), (correlation, n) => {
        const grid = gridOf(correlation);
        const set = grid.sets[n % grid.sets.length];
        if (!set) return;
        expect(isFilled(grid, pickSet(set), on(cube, 'front', 40, row(grid, 0)))).toBe(false);
        expect(isFilled(grid, pickSet(set), on(cube, 'top', 40, depth(grid, 0)))).toBe(false);
      }),
    );
  });

  test('is nothing if nothing is picked', () => {
    expect(planLit(small, cube, scales, [], null)).toEqual([]);
    expect(planLit(small, cube, scales, [], { step: 300, color: '#00f' })).toHaveLength(1);
  });
});

describe('the pixels of the faces', () => {
  const steps = [0, 100, 200, 300];
  const scales = {
    time: timeScale(-50, 350, 8),
    rows: timeScale(0, 1, 6),
    classes: timeScale(0, 1, 4),
  };
  const grid = gridOf(
    correlationOf(
      [
        { layer: 0, filters: [0, 1], steps: [100] },
        { layer: 0, filters: [2], steps: [200] },
      ],
      [[100], [200]],
    ),
  );

  test('show each filter in its row, and the largest of those that share a pixel', () => {
    const values = Float32Array.of(1e-3, 1e-4, 0, NaN, 1e-1, 1e-5, 1e-4, 1e-3, 1, 1, 1e-6, 1e-6);
    const colors = colorScale(
      { values, rows: 3, columns: 4 },
      { byRow: null, byColumn: null },
      'log',
    );
    const palette = rampPalette(['#000000', '#ffffff'], 'light');
    const filters = { steps, values, rows: 3 };
    const light = (height: number): number[][] => {
      const down = timeScale(0, 1, height);
      const pixels = frontPixels(grid, filters, scales.time, down, colors, palette);
      return Array.from({ length: height }, (_, y) =>
        steps.map((_step, i) => (pixels[y * 8 + 2 * i] ?? 0) & 255),
      );
    };
    const shade = (value: number): number =>
      Number.isNaN(value) ? 0xe3 : Math.round(255 * colorPosition(colors, value));
    const rows = [0, 1, 2].map((i) => Array.from(values.subarray(4 * i, 4 * i + 4), shade));
    expect(light(6)).toEqual([rows[0], rows[0], rows[1], rows[1], rows[2], rows[2]]);
    const most = [0, 1, 2, 3].map((j) =>
      Math.max(...[0, 1, 2].map((i) => values[4 * i + j] ?? NaN).filter((v) => !Number.isNaN(v))),
    );
    expect(light(1)).toEqual([most.map(shade)]);
  });

  test('show the mean error of the classes that share a pixel', () => {
    const rates = {
      steps,
      overall: new Float32Array(4),
      // The second and the fifth class of the run have anomalies.
      classes: Float32Array.from({ length: 20 }, (_, i) =>
        i >> 2 === 1 ? 0 : i >> 2 === 4 ? 1 : NaN,
      ),
    };
    const palette = errorPalette('light');
    const red = (height: number): number[] => {
      const deep = timeScale(0, 1, height);
      const pixels = topPixels(grid, rates, scales.time, deep, palette);
      return Array.from({ length: height }, (_, y) => pixels[y * 8] ?? 0);
    };
    expect(red(2)).toEqual([palette[0], palette[255]]);
    expect(red(1)).toEqual([palette[128]]);
  });
});
