import { describe, expect, test } from 'vitest';

import { correlationOf } from './fixtures';
import { planGrid } from './grid';
import { ANYTHING } from './picks';
import { filtersInWords, formatP, picksInWords } from './words';

const names = {
  layer: (layer: number): string => `conv${layer}`,
  class: (index: number): string => `class ${index}`,
};
const grid = planGrid({
  correlation: correlationOf(
    [
      { layer: 1, filters: [3, 17], steps: [2000] },
      { layer: 2, filters: [3], steps: [2000] },
    ],
    [[2000]],
  ),
  detail: 'abstract',
  order: [0],
  rowOf: String,
});

describe('in words', () => {
  test('filters are listed up to four', () => {
    expect(filtersInWords([7])).toBe('filter 7');
    expect(filtersInWords([1, 2, 3, 4])).toBe('filters 1, 2, 3, 4');
    expect(filtersInWords([1, 2, 3, 4, 5, 6])).toBe('filters 1, 2, 3, 4 and 2 more');
  });

  test('a pick says what of it is not open, with the mini-set of its filter', () => {
    const words = (some: object): string => picksInWords(grid, [{ ...ANYTHING, ...some }], names);
    expect(picksInWords(grid, [], names)).toBe('');
    expect(words({ layer: 1 })).toBe('conv1');
    expect(words({ layer: 1, filter: 17, class: 4, step: 2000 })).toBe(
      'conv1, filters 3, 17 · class 4 · iteration 2,000',
    );
    expect(words({ layer: 2, filter: 3 })).toBe('conv2, filter 3');
    // A mini-set that has been left out.
    expect(words({ layer: 2, filter: 17 })).toBe('conv2');
    const three = [{ ...ANYTHING, class: 4 }, ANYTHING, ANYTHING];
    expect(picksInWords(grid, three, names)).toBe('class 4 and 2 more');
  });

  test('a p-value has the digits that its shuffles can tell', () => {
    expect([0.001, 0.004, 1].map((p) => formatP(p, 999))).toEqual(['≤ 0.001', '0.004', '1.000']);
    expect(formatP(0.05, 19)).toBe('≤ 0.05');
  });
});
