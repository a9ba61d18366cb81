import { expect, test } from 'vitest';

import { means } from './means';

test('means are place by place, of what there is', () => {
  const all = [Float32Array.of(1, 2, NaN), Float32Array.of(3, NaN, NaN), Float32Array.of(5)];
  expect(Array.from(means(all))).toEqual([3, 2, NaN]);
  expect(means([])).toHaveLength(0);
  expect(means(all.slice(0, 1))).toBe(all[0]);
});
