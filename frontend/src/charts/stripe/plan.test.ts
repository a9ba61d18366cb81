import { describe, expect, test } from 'vitest';

import { extentOfColumns, pixelColumns, timeScale } from '../../axis/scale';
import { colorOf, errorPalette } from '../palette';
import { stripePixels } from './plan';

describe('a stripe', () => {
  const palette = errorPalette('light');
  const steps = [0, 1, 2, 3];
  const [from, to] = extentOfColumns(steps) ?? [0, 1];
  const draw = (rates: number[], pixels: number): number[] =>
    Array.from(
      stripePixels(
        new Float32Array(rates),
        pixelColumns(steps, timeScale(from, to, pixels), pixels),
        palette,
      ),
    );

  test('has a pixel of the rate for every validation', () => {
    expect(draw([0, 0.5, 1, NaN], 4)).toEqual([0, 0.5, 1, NaN].map((it) => colorOf(palette, it)));
  });

  test('shows the mean where validations share a pixel, of those that were evaluated', () => {
    expect(draw([0, 1, 1, NaN], 2)).toEqual([0.5, 1].map((it) => colorOf(palette, it)));
  });

  test('tells right, wrong and not evaluated apart, in both themes', () => {
    for (const theme of ['light', 'dark'] as const) {
      const colours = [0, 1, NaN].map((it) => colorOf(errorPalette(theme), it));
      expect(new Set(colours).size).toBe(3);
    }
  });
});
