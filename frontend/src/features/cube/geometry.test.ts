import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { apply, invert, type Matrix, type Point } from '../../charts/scene/affine';
import {
  CORNER_LIMITS,
  draggedCorner,
  EDGES,
  edgeEnds,
  edgeUnder,
  FACES,
  hitCube,
  planCube,
  type Cube,
} from './geometry';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const boxes = fc.record({
  left: fc.integer({ min: 0, max: 200 }),
  top: fc.integer({ min: 0, max: 200 }),
  width: fc.integer({ min: 200, max: 3000 }),
  height: fc.integer({ min: 150, max: 2000 }),
});
const between = ([least, most]: readonly [number, number]): fc.Arbitrary<number> =>
  fc.double({ min: least, max: most, noNaN: true });
const cornersDrawn = fc.record({
  x: between(CORNER_LIMITS.x),
  y: between(CORNER_LIMITS.y),
});
const unfoldings = fc.constantFrom(0, 1);

const near = (a: Point, b: Point): void => {
  expect(a.x).toBeCloseTo(b.x, 6);
  expect(a.y).toBeCloseTo(b.y, 6);
};

describe('the cube', () => {
  test('has faces that share their edges, point by point', () => {
    fc.assert(
      fc.property(boxes, cornersDrawn, share, (box, corner, t) => {
        const { front, top, right } = planCube(box, corner, 0);
        near(
          apply(front.matrix, { x: t * front.width, y: 0 }),
          apply(top.matrix, { x: t * top.width, y: 0 }),
        );
        near(
          apply(front.matrix, { x: front.width, y: t * front.height }),
          apply(right.matrix, { x: 0, y: t * right.height }),
        );
        near(
          apply(top.matrix, { x: top.width, y: t * top.height }),
          apply(right.matrix, { x: t * right.width, y: 0 }),
        );
      }),
    );
  });

  test('unfolds into rectangles that share the rows and the columns', () => {
    fc.assert(
      fc.property(boxes, cornersDrawn, share, (box, corner, t) => {
        const { front, top, right } = planCube(box, corner, 1);
        for (const { matrix } of [front, right]) expect([matrix.b, matrix.c]).toEqual([0, 0]);
        expect([top.matrix.a, top.matrix.d]).toEqual([0, 0]);
        // Iterations run upwards, classes from left to right.
        expect(top.matrix.b).toBeLessThan(0);
        expect(top.matrix.c).toBeGreaterThan(0);
        const [row, column] = [t * front.height, t * right.width];
        expect(apply(front.matrix, { x: 0, y: row }).y).toBeCloseTo(
          apply(right.matrix, { x: 0, y: row }).y,
          6,
        );
        expect(apply(top.matrix, { x: 0, y: column }).x).toBeCloseTo(
          apply(right.matrix, { x: column, y: 0 }).x,
          6,
        );
      }),
    );
  });

  test('fills its box and stays within', () => {
    fc.assert(
      fc.property(boxes, cornersDrawn, unfoldings, (box, corner, unfolded) => {
        const cube = planCube(box, corner, unfolded);
        const points = FACES.flatMap((face) => {
          const { matrix, width, height } = cube[face];
          return [0, width].flatMap((x) => [0, height].map((y) => apply(matrix, { x, y })));
        });
        const xs = points.map(({ x }) => x);
        const ys = points.map(({ y }) => y);
        expect(Math.min(...xs)).toBeCloseTo(box.left, 6);
        expect(Math.max(...xs)).toBeCloseTo(box.left + box.width, 6);
        expect(Math.min(...ys)).toBeCloseTo(box.top, 6);
        expect(Math.max(...ys)).toBeCloseTo(box.top + box.height, 6);
      }),
    );
  });

  test('knows what is under a point, on each face to a thousandth of a pixel', () => {
    fc.assert(
      fc.property(
        boxes,
        cornersDrawn,
        unfoldings,
        fc.constantFrom(...FACES),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (box, corner, unfolded, face, u, v) => {
          const cube = planCube(box, corner, unfolded);
          const { matrix, width, height } = cube[face];
          const at = { x: u * width, y: v * height };
          const hit = hitCube(cube, apply(matrix, at));
          expect(hit?.face).toBe(face);
          expect(hit?.at.x).toBeCloseTo(at.x, 3);
          expect(hit?.at.y).toBeCloseTo(at.y, 3);
        },
      ),
    );
  });

  test('has nothing beside it, nor on a face that is turning over', () => {
    const box = { left: 0, top: 0, width: 1000, height: 600 };
    const cube = planCube(box, { x: 0.6, y: 0.4 }, 0);
    expect(hitCube(cube, { x: 20, y: 20 })).toBeNull();
    expect(hitCube(cube, { x: 990, y: 590 })).toBeNull();
    const flat: Matrix = { a: 1, b: 1, c: 2, d: 2, e: 0, f: 0 };
    expect(invert(flat)).toBeNull();
    const turning: Cube = { ...cube, top: { ...cube.top, matrix: flat } };
    expect(hitCube(turning, { x: 700, y: 100 })).toBeNull();
  });

  test('is grabbed at the inner edges, and changes as they are dragged', () => {
    fc.assert(
      fc.property(boxes, cornersDrawn, fc.constantFrom(...EDGES), share, (box, corner, edge, t) => {
        const cube = planCube(box, corner, 0);
        const [from, to] = edgeEnds(cube, edge);
        const on = { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
        expect(edgeUnder(cube, on)).not.toBeNull();
        expect(edgeUnder(cube, { x: box.left - 9, y: box.top - 9 })).toBeNull();

        const moved = { dx: 0.05 * box.width, dy: -0.03 * box.height };
        const next = draggedCorner(corner, edge, box, moved);
        const wanted = {
          x: edge === 'front-top' ? corner.x : corner.x + 0.05,
          y: edge === 'front-right' ? corner.y : corner.y - 0.03,
        };
        expect(next.x).toBeCloseTo(Math.min(CORNER_LIMITS.x[1], wanted.x), 2);
        expect(next.y).toBeCloseTo(Math.max(CORNER_LIMITS.y[0], wanted.y), 2);
      }),
    );
  });
});
