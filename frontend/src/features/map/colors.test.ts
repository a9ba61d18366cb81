import { describe, expect, test } from 'vitest';

import { leastDistance, NOTICED, SEEN } from '../../charts/fixtures';
import { CHANGE_NAMES, CHANGES, changeCss, CLASS_COLORS } from './colors';

describe.each(Object.entries(SEEN))('seen with %s', (_, seen) => {
  test('the first ten classes are told apart, and the others', () => {
    expect(leastDistance(CLASS_COLORS.slice(0, 10), seen)).toBeGreaterThan(9 * NOTICED);
    expect(leastDistance(CLASS_COLORS, seen)).toBeGreaterThan(5 * NOTICED);
  });

  test.each(['light', 'dark'] as const)('what happened is told apart, %s', (theme) => {
    const colors = CHANGES.map((change) => changeCss(change, theme));
    expect(colors).toHaveLength(Object.keys(CHANGE_NAMES).length);
    expect(leastDistance(colors, seen)).toBeGreaterThan(6 * NOTICED);
  });
});
