import { expect, test } from 'vitest';

import { panAxis, zoomAxis } from './zoom';

test('zooming keeps what is under the pointer where it is', () => {
  const [from, to] = zoomAxis(null, 0.25, 2) ?? [];
  expect([from, to]).toEqual([0.125, 0.625]);
  const [nearer = 0, end = 0] = zoomAxis([0.2, 0.6], 0.75, 2) ?? [];
  expect(nearer + 0.75 * (end - nearer)).toBeCloseTo(0.2 + 0.75 * 0.4);
  expect(end - nearer).toBeCloseTo(0.2);
});

test('zooming out ends at the whole axis, zooming in at a few columns', () => {
  expect(zoomAxis([0.2, 0.6], 0.5, 0.1)).toBeNull();
  const [from = 0, to = 0] = zoomAxis([0.5, 0.503], 0.5, 1e3) ?? [];
  expect(to - from).toBeCloseTo(0.002);
});

test('panning is by shares of the screen and ends at the ends', () => {
  expect(panAxis(null, 0.5)).toBeNull();
  const [from = 0, to = 0] = panAxis([0.2, 0.6], 0.5) ?? [];
  expect([from, to].map((end) => Math.round(end * 1e6) / 1e6)).toEqual([0.4, 0.8]);
  expect(panAxis([0.2, 0.6], 5)?.[1]).toBe(1);
});
