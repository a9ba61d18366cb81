import { describe, expect, test } from 'vitest';

import { contrast, leastDistance, NOTICED, SEEN } from '../../charts/fixtures';
import { CHANGE_NAMES, CHANGES, changeCss, CLASS_COLORS } from './colors';

const THEMES = ['light', 'dark'] as const;

test('no class is too dim on a dark ground', () => {
  // The background of app.css.
  for (const color of CLASS_COLORS.dark) {
    expect(contrast(color, '#1e2125'), color).toBeGreaterThanOrEqual(3);
  }
});

describe.each(Object.entries(SEEN))('seen with %s', (_, seen) => {
  test.each(THEMES)('the first ten classes are told apart, and the others, %s', (theme) => {
    const colors = CLASS_COLORS[theme];
    expect(leastDistance(colors.slice(0, 10), seen)).toBeGreaterThan(9 * NOTICED);
    expect(leastDistance(colors, seen)).toBeGreaterThan(5 * NOTICED);
  });

  test.each(THEMES)('what happened is told apart, %s', (theme) => {
    const colors = CHANGES.map((change) => changeCss(change, theme));
    expect(colors).toHaveLength(Object.keys(CHANGE_NAMES).length);
    expect(leastDistance(colors, seen)).toBeGreaterThan(6 * NOTICED);
  });
});
