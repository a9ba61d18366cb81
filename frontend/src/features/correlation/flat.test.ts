import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Point } from '../../charts/scene/affine';
import { widthOf } from '../../charts/scene/labels';
import type { Shape } from '../../charts/scene/shapes';
import { gridColors, inksOf } from './colors';
import { chanceOf, correlationOf, correlations } from './fixtures';
import { planFlat, type FlatInput } from './flat';
import { DETAILS, planGrid } from './grid';

const stretch = fc.option(
  fc
    .tuple(
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
    )
    .map(([from, size]): readonly [number, number] => [from, Math.min(1, from + size)]),
);

const inputs: fc.Arbitrary<FlatInput> = fc
  .record({
    correlation: correlations,
    detail: fc.constantFrom(...DETAILS),
    width: fc.integer({ min: 250, max: 1500 }),
    height: fc.integer({ min: 160, max: 900 }),
    classZoom: stretch,
    layerZoom: stretch,
  })
  .map(({ correlation, detail, ...rest }) => ({
    ...rest,
    grid: planGrid({
      correlation,
      chance: chanceOf(correlation),
      detail,
      order: [...correlation.classes.keys()],
      rowOf: (layer) => `layer${String(layer)}`,
    }),
    gutter: 120,
    colors: gridColors('light'),
    inks: inksOf('light'),
    ratio: 1,
    className: (index) => `class ${String(index)}`,
    markOf: () => null,
  }));

function points(shape: Shape): readonly Point[] {
  if (shape.kind === 'polygons') return shape.polygons.flat();
  if (shape.kind === 'lines') return shape.lines.flat();
  if (shape.kind === 'text') return [shape.at];
  return [{ x: shape.matrix.e, y: shape.matrix.f }];
}

test('all of the picture lies within it, however much of the grid is on screen', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      for (const { x, y } of planFlat(input).scene.base.flatMap(points)) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(input.width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(input.height);
      }
    }),
  );
});

test('the bars above are as high as the classes have anomaly filters', () => {
  fc.assert(
    fc.property(inputs, (drawn) => {
      const { grid } = drawn;
      const input = { ...drawn, classZoom: null };
      const columns = grid.columns.length;
      const totals = grid.columns.map((_, column) =>
        [...grid.counts].reduce((sum, n, i) => (i % columns === column ? sum + n : sum), 0),
      );
      const bars = planFlat(input).scene.base.find((shape) => shape.kind === 'polygons');
      const heights = (bars?.kind === 'polygons' ? bars.polygons : []).map((bar) => {
        const ys = bar.map(({ y }) => y);
        return Math.max(...ys) - Math.min(...ys);
      });
      expect(heights).toHaveLength(columns);
      const most = Math.max(1, ...totals);
      heights.forEach((height, i) => {
        expect(height / 22).toBeCloseTo((totals[i] ?? NaN) / most, 9);
      });
    }),
  );
});

test('names of classes never touch, however many there are', () => {
  const many = fc
    .tuple(inputs, fc.integer({ min: 1, max: 300 }), fc.constantFrom('8', 'gong', 'class 0123'))
    .map(([input, classes, name]): FlatInput => {
      const each = Array.from({ length: classes }, (_, i) => [i]);
      const correlation = correlationOf([{ layer: 0, filters: [1], steps: [0] }], each);
      const order = [...each.keys()];
      const rest = { chance: null, detail: 'abstract', order, rowOf: String } as const;
      return { ...input, grid: planGrid({ correlation, ...rest }), className: () => name };
    });
  fc.assert(
    fc.property(many, (input) => {
      const { face, scene } = planFlat(input);
      const below = face.matrix.f + face.down.width;
      const names = scene.base.flatMap((shape) =>
        shape.kind === 'text' && shape.at.y > below ? [shape] : [],
      );
      names.slice(1).forEach(({ at, text, size, rotate }, i) => {
        const apart = at.x - (names[i]?.at.x ?? 0);
        if (rotate === undefined) expect(apart).toBeGreaterThanOrEqual(widthOf(text, size) - 1e-9);
        // Of parallel lines of text, what counts is how far apart they run.
        else expect(apart * Math.sin((rotate * Math.PI) / 180)).toBeGreaterThanOrEqual(size + 2);
      });
    }),
  );
});
