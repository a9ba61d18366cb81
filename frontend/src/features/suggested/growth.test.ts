import { expect, test } from 'vitest';

import { generation } from './growth';

test('a run is asked about again when it is about a quarter longer', () => {
  const lengths = Array.from({ length: 1000 }, (_, i) => i);
  const first = lengths.filter((n) => generation(n) !== generation(n - 1)).slice(1);
  for (const [i, n] of first.entries()) {
    const before = first[i - 1];
    if (before !== undefined && before >= 12) expect(n / before).toBeCloseTo(2 ** (1 / 3), 0);
    expect(generation(n)).toBeGreaterThan(generation(n - 1));
  }
  expect(first.length).toBeLessThan(30);
  expect(generation(0)).not.toBe(generation(1));
});
