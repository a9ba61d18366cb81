import { describe, expect, test } from 'vitest';

import { colormap, LINE_COLORS } from './colormaps';
import { expectedPalette } from './expected';
import { errorPalette, type Theme } from './palette';
import { distance, leastDistance, NOTICED, SEEN, type Rgb } from './fixtures';

const THEMES: readonly Theme[] = ['light', 'dark'];

const ofPacked = (packed: number): Rgb => [
  (packed & 255) / 255,
  ((packed >> 8) & 255) / 255,
  ((packed >> 16) & 255) / 255,
];

describe.each(Object.entries(SEEN))('seen with %s', (_, seen) => {
  test.each(THEMES)('lines differ, %s', (theme) => {
    expect(leastDistance(LINE_COLORS[theme], seen)).toBeGreaterThan(4 * NOTICED);
  });

  test.each(THEMES)('signed values differ by size and by sign, %s', (theme) => {
    for (const palette of [colormap(true, theme), expectedPalette(theme)]) {
      const steps = [0, 64, 128, 191, 255].map((i) => ofPacked(palette[i] ?? 0));
      const all = steps.flatMap((a, i) => steps.slice(i + 1).map((b) => distance(a, b, seen)));
      expect(Math.min(...all)).toBeGreaterThan(8 * NOTICED);
    }
  });

  test.each(THEMES)('wrong, correct and not evaluated differ, %s', (theme) => {
    const palette = errorPalette(theme);
    const of = (i: number): Rgb => ofPacked(palette[i] ?? 0);
    const [right, half, wrong, missing] = [of(0), of(128), of(255), of(256)];
    expect(distance(right, wrong, seen)).toBeGreaterThan(20 * NOTICED);
    expect(distance(right, half, seen)).toBeGreaterThan(7 * NOTICED);
    expect(distance(half, wrong, seen)).toBeGreaterThan(7 * NOTICED);
    expect(distance(missing, right, seen)).toBeGreaterThan(4 * NOTICED);
    expect(distance(missing, wrong, seen)).toBeGreaterThan(20 * NOTICED);
  });
});
