import { describe, expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { countAnomalies, ranked } from './plan';
import { byStrength, trianglesPath, triangleWidth, TRIANGLE_HEIGHT } from './triangles';
import type { Anomaly } from './wire';

const anomaly = (some: Partial<Anomaly>): Anomaly => ({
  class: 0,
  step: 100,
  rule: 'left',
  count: 1,
  score: 0.5,
  ...some,
});

describe('anomalies', () => {
  test('are counted by validation, a class under both rules once', () => {
    const found = countAnomalies([
      anomaly({ step: 300, count: 5 }),
      anomaly({ class: 2, count: 3 }),
      anomaly({ class: 2, rule: 'right', count: 4 }),
      anomaly({ class: 1 }),
    ]);
    expect(found).toEqual([
      { step: 100, classes: new Set([2, 1]), flips: 8, score: 0.5 },
      { step: 300, classes: new Set([0]), flips: 5, score: 0.5 },
    ]);
  });

  test('are ranked by the strongest of an iteration, by flips, or by classes', () => {
    const counts = countAnomalies([
      anomaly({ step: 1, count: 9, score: 0.3 }),
      anomaly({ step: 2, count: 2, score: 0.9 }),
      anomaly({ step: 3, count: 4, score: 0.2 }),
      anomaly({ step: 3, class: 1, count: 3, score: 0.3 }),
    ]);
    const steps = (by: 'score' | 'flips' | 'classes'): readonly number[] =>
      ranked(counts, by).map(({ step }) => step);
    expect(steps('score')).toEqual([2, 1, 3]);
    expect(steps('flips')).toEqual([1, 3, 2]);
    expect(steps('classes')).toEqual([3, 1, 2]);
  });

  test('are drawn by strength, each once', () => {
    const all = [0, 0.2, 0.34, 0.5, 0.9, 1].map((score) => anomaly({ score }));
    expect(byStrength(all).map((level) => level.map(({ score }) => score))).toEqual([
      [0, 0.2],
      [0.34, 0.5],
      [0.9, 1],
    ]);
  });

  test('are triangles, upside-down for the left rule, as wide as their score says', () => {
    const scale = timeScale(0, 200, 400);
    const all = [
      anomaly({}),
      anomaly({ rule: 'right', step: 200, score: 1 }),
      anomaly({ step: 201 }),
      anomaly({ step: -1 }),
    ];
    const half = triangleWidth(0.5) / 2;
    expect(trianglesPath(all, 'left', scale, 10)).toBe(
      `M${200 - half},10H${200 + half}L200,${10 + TRIANGLE_HEIGHT}Z`,
    );
    expect(trianglesPath(all, 'right', scale, 10)).toBe(
      `M${400 - triangleWidth(1) / 2},${10 + TRIANGLE_HEIGHT}H${400 + triangleWidth(1) / 2}L400,10Z`,
    );
  });
});
