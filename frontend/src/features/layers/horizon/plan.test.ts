import { describe, expect, test } from 'vitest';

import { pixelColumns, timeScale } from '../../../axis/scale';
import { horizonAxis, horizonPixels } from './plan';

const LINES = 4;
const axis = { base: 0, reach: 12, up: true, down: true };
const palette = { positive: Uint32Array.of(1, 2, 3), negative: Uint32Array.of(11, 12, 13) };

/** A picture with a pixel for each value, as lines from top to bottom. */
function raster(values: readonly number[], bands: number): number[][] {
  const steps = values.map((_, i) => i);
  const columns = pixelColumns(steps, timeScale(-0.5, values.length - 0.5, 1), values.length);
  const pixels = horizonPixels(values, columns, axis, bands, LINES, palette);
  return Array.from({ length: LINES }, (_, y) => [
    ...pixels.slice(y * values.length, (y + 1) * values.length),
  ]);
}

describe('a horizon graph', () => {
  test('of one band is the area below the values', () => {
    expect(raster([0, 3, 6, 12], 1)).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 1, 1],
      [0, 1, 1, 1],
    ]);
  });

  test('of three bands shows twice the value as the next band over a full one', () => {
    // 4 fills the first band; 8 fills two; 6 fills half of the second.
    expect(raster([2, 4, 6, 8, 12], 3)).toEqual([
      [0, 1, 1, 2, 3],
      [0, 1, 1, 2, 3],
      [1, 1, 2, 2, 3],
      [1, 1, 2, 2, 3],
    ]);
  });

  test('has negative values hang from above, and gaps where nothing is known', () => {
    expect(raster([-3, NaN, -12, Infinity], 1)).toEqual([
      [11, 0, 11, 0],
      [0, 0, 11, 0],
      [0, 0, 11, 0],
      [0, 0, 11, 0],
    ]);
  });

  test('shows the mean where values share a pixel', () => {
    const columns = pixelColumns([0, 1, 2], timeScale(-0.5, 2.5, 1), 1);
    const pixels = horizonPixels([0, NaN, 12], columns, axis, 1, LINES, palette);
    expect([...pixels]).toEqual([0, 0, 1, 1]);
  });

  test('begins at 0 and has only the sides that have values', () => {
    expect(horizonAxis([0.1, 0.3], false)).toEqual({ base: 0, reach: 0.3, up: true, down: false });
    expect(horizonAxis([-4, 3], false)).toEqual({ base: 0, reach: 4, up: true, down: true });
    expect(horizonAxis([-4, -3], false)).toEqual({ base: 0, reach: 4, up: false, down: true });
    expect(horizonAxis([-6, -2], true)).toEqual({ base: -6, reach: 4, up: true, down: false });
  });

  test('of logarithms rises from its lower end', () => {
    const columns = pixelColumns([0, 1], timeScale(-0.5, 1.5, 1), 2);
    const pixels = horizonPixels([-6, -2], columns, horizonAxis([-6, -2], true), 1, 1, palette);
    expect([...pixels]).toEqual([0, 1]);
  });
});
