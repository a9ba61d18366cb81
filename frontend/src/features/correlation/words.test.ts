import { describe, expect, test } from 'vitest';

import { correlationOf } from './fixtures';
import { planGrid } from './grid';
import { ANYTHING } from './picks';
import {
  cellInWords,
  classInWords,
  filtersInWords,
  formatExpected,
  formatP,
  picksInWords,
} from './words';

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
  chance: null,
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

  test('numbers have the digits that say something', () => {
    expect([1e-9, 0.001, 0.0444, 1].map(formatP)).toEqual(['< 0.001', '0.001', '0.044', '1.000']);
    expect([0, 5.24, 99.9, 128.4].map(formatExpected)).toEqual(['0.0', '5.2', '99.9', '128']);
  });

  test('a class that is called by a number is called a class', () => {
    expect(['8', 'gong', 'class 007'].map(classInWords)).toEqual(['class 8', 'gong', 'class 007']);
  });

  test('a cell says what it has and what chance makes', () => {
    const own = { observed: 1, expected: 5.24, low: 1, high: 10 };
    expect(cellInWords({ ...own, own, units: -1, p: 0.01, q: 0.04, layer: 3 })).toBe(
      '1 anomaly filter; 5.2 expected, 1 to 10 by chance; q 0.040',
    );
  });
});
