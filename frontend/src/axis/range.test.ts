import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { pannedBy, resized, within, zoomedBy, type Range } from './range';

const full: Range = [0, 1000];
const inside = fc
  .tuple(fc.double({ min: 0, max: 900, noNaN: true }), fc.double({ min: 10, max: 99, noNaN: true }))
  .map(([from, width]): Range => [from, from + width]);

describe('the visible range of iterations', () => {
  test('keeps what is under the pointer where it is', () => {
    expect(zoomedBy([200, 600], full, 300, 2, 1)).toEqual([250, 450]);
    expect(zoomedBy([250, 450], full, 300, 0.5, 1)).toEqual([200, 600]);
  });

  test('zooming out ends with everything', () => {
    expect(zoomedBy([200, 600], full, 300, 0.1, 1)).toBeNull();
  });

  test('zooming in ends at the shortest range', () => {
    const [from, to] = zoomedBy([200, 600], full, 300, 1e9, 8) ?? [0, 0];
    expect(to - from).toBeCloseTo(8);
    expect(from).toBeLessThanOrEqual(300);
    expect(to).toBeGreaterThanOrEqual(300);
  });

  test('never leaves what there is, and panning keeps the width', () => {
    fc.assert(
      fc.property(inside, fc.double({ min: -2000, max: 2000, noNaN: true }), (range, by) => {
        const [from, to] = pannedBy(range, full, by) ?? full;
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(1000 + 1e-9);
        expect(to - from).toBeCloseTo(range[1] - range[0]);
      }),
    );
  });

  test('has borders that do not cross and do not leave what there is', () => {
    expect(resized([200, 600], full, 0, 300, 8)).toEqual([300, 600]);
    expect(resized([200, 600], full, 0, 900, 8)).toEqual([592, 600]);
    expect(resized([200, 600], full, 1, 100, 8)).toEqual([200, 208]);
    expect(resized([200, 600], full, 0, -50, 8)).toEqual([0, 600]);
    expect(resized([0, 600], full, 1, 2000, 8)).toBeNull();
  });

  test('a range from elsewhere is moved in', () => {
    expect(within([-50, 50], full)).toEqual([0, 100]);
    expect(within([950, 1050], full)).toEqual([900, 1000]);
    expect(within([-1, 1001], full)).toBeNull();
  });
});
