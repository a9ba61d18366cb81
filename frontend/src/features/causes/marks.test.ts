/** Marks of cells as shapes. */
import { expect, test } from 'vitest';

import { IDENTITY, scaled, type Point } from '../../charts/scene/affine';
import { markShapes, MARK_SIZE } from './marks';

const inks = { ink: '#000', muted: '#777', background: '#fff' };
const far = (points: readonly Point[], x: number, y: number): number =>
  Math.max(...points.map((point) => Math.hypot(point.x - x, point.y - y)));

test('a mark is full, half or hollow, and no larger than its cell', () => {
  const marks = (['alone', 'together', 'not'] as const).map((verdict, i) => ({
    at: { x: 20 * i, y: 10 },
    verdict,
    strength: 1,
    room: i === 2 ? 8 : 50,
  }));
  const [halos, full, half, rings, empty] = markShapes(marks, IDENTITY, inks);
  if (halos?.kind !== 'polygons' || full?.kind !== 'polygons' || half?.kind !== 'polygons') {
    throw new Error('no polygons');
  }
  expect([halos.polygons.length, full.polygons.length, half.polygons.length]).toEqual([3, 1, 1]);
  expect(rings?.kind === 'lines' && rings.lines.length).toBe(2);
  expect(empty).toMatchObject({ stroke: { color: inks.muted }, lines: [expect.anything()] });
  halos.polygons.forEach((halo, i) => {
    const size = 2 * far(halo, 20 * i, 10);
    expect(size).toBeCloseTo(i === 2 ? 8 : MARK_SIZE, 6);
  });
  // The left half.
  expect(Math.max(...(half.polygons[0] ?? []).map(({ x }) => x))).toBeCloseTo(20, 6);
});

test('marks are round on a face that is not', () => {
  const marks = [{ at: { x: 10, y: 10 }, verdict: 'alone', strength: 1, room: 50 } as const];
  const [halos] = markShapes(marks, scaled(IDENTITY, 3, 0.5), inks);
  if (halos?.kind !== 'polygons') throw new Error('no polygons');
  for (const point of halos.polygons[0] ?? []) {
    expect(2 * Math.hypot(point.x - 30, point.y - 5)).toBeCloseTo(MARK_SIZE, 6);
  }
  expect(markShapes([], IDENTITY, inks)).toEqual([]);
});

test('the more a mark stands for, the larger it is', () => {
  const marks = [0, 0.5, 1].map((strength, i) => ({
    at: { x: 20 * i, y: 0 },
    verdict: 'alone' as const,
    strength,
    room: 50,
  }));
  const [halos] = markShapes(marks, IDENTITY, inks);
  if (halos?.kind !== 'polygons') throw new Error('no polygons');
  const sizes = halos.polygons.map((halo, i) => far(halo, 20 * i, 0));
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  expect(new Set(sizes).size).toBe(3);
});
