import { expect, test } from 'vitest';

import {
  formatCount,
  formatLearningRate,
  formatRate,
  formatShape,
  formatShare,
  formatStep,
  formatValue,
} from './format';

test('numbers as people read them', () => {
  expect(formatStep(1_200_000)).toBe('1,200,000');
  expect(formatCount(1, 'class', 'classes')).toBe('1 class');
  expect(formatCount(1000, 'class', 'classes')).toBe('1,000 classes');
  expect([0, 0.0001, 0.0339, 0.9999, 1].map(formatShare)).toEqual([
    '0%',
    '<0.1%',
    '3.4%',
    '>99.9%',
    '100%',
  ]);
  expect([0.0339, 1, NaN].map(formatRate)).toEqual(['3.4%', '100.0%', '–']);
  expect([0, 0.12345, -12, 1.5e-7, 2e9, Infinity, -Infinity, NaN].map(formatValue)).toEqual([
    '0',
    '0.1235',
    '−12',
    '1.50e−7',
    '2.00e9',
    '∞',
    '−∞',
    '–',
  ]);
  expect([0.1, 0.004, 8e-4, 0].map(formatLearningRate)).toEqual(['0.1', '0.004', '8e−4', '0']);
  expect(formatShape([64, 3, 7, 7])).toBe('64 × 3 × 7 × 7');
});
