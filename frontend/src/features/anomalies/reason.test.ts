import { expect, test } from 'vitest';

import { leftInWords, rulesInWords } from './reason';

test('the rules, and what they leave', () => {
  expect(rulesInWords({ window: 8, minScore: 0.4 })).toBe('window 8, 40%');
  const left = { anomalies: 25, iterations: 23 };
  expect(leftInWords(left)).toBe('25 anomalies at 23 iterations');
  expect(leftInWords(left, 1e-9)).toBe('25 anomalies at 23 iterations; chance would give none');
  expect(leftInWords({ anomalies: 1, iterations: 1 }, 0.34)).toBe(
    '1 anomaly at 1 iteration; chance would give 0.3',
  );
});

test('nothing is left, chosen or suggested', () => {
  const none = { anomalies: 0, iterations: 0 };
  expect(leftInWords(none)).toBe('no anomalies');
  expect(leftInWords(none, 0.2)).toBe('no anomalies beyond chance');
});
