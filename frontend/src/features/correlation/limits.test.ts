import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { leastP, limitsOf } from './limits';

const enough = { ofClasses: [3, 4], iterations: 20, filters: 5000, topK: 75, p: [0.2, 1] };

describe('what cannot be told from chance', () => {
  test('is nothing in a run with enough of everything', () => {
    expect(limitsOf(enough)).toEqual([]);
  });

  test('is everything where all filters are anomaly filters', () => {
    const [limit] = limitsOf({ ...enough, filters: 58, topK: 100 });
    expect(limit).toContain('The top 100 of 58 filters are most or all of them');
  });

  test('is everything with few anomaly iterations, and it says how small p can be', () => {
    const limits = limitsOf({ ...enough, ofClasses: [1, 2], iterations: 4 });
    expect(limits).toHaveLength(1);
    expect(limits[0]).toContain('4 anomaly iterations cannot tell a class from chance');
    expect(limits[0]).toContain('a p below 0.333');
    expect(limits[0]).toContain('a lower min. score');
  });

  test('is everything with one class, or where every cell is as expected', () => {
    expect(limitsOf({ ...enough, ofClasses: [4], iterations: 4 })[0]).toContain('Only one class');
    expect(limitsOf({ ...enough, p: [1, 1] })[0]).toContain('all p are 1');
  });

  test('the least p is twice one of all choices', () => {
    const choices = (n: number, k: number): number =>
      k === 0 || k === n ? 1 : choices(n - 1, k - 1) + choices(n - 1, k);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.nat({ max: 14 }), (n, k) => {
        const own = Math.min(n, k);
        expect(leastP(n, own)).toBeCloseTo(Math.min(1, 2 / choices(n, own)), 12);
      }),
    );
  });
});
