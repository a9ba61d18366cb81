import { expect, test } from 'vitest';

import { amongSeeds, sameWeights, type Seeds, type Told } from './verdict';

const told = (rate: number): Told => ({
  evaluated: 500,
  error: [0.02, 0.02],
  lost: 1,
  won: 1,
  ci: [0, 0],
  p: 1,
  negative_flip_rate: rate,
  negative_flip_rate_ci: [0, 0],
});
const seeds = (more: Partial<Seeds> = {}): Seeds => ({
  runs: [0, 2, 3],
  taken_from: 'hyperparameters',
  negative_flip_rate: [0.01, 0.02, 0.04],
  withOther: false,
  ...more,
});
const names = { shown: 'A', other: 'B' };

test('a run is put among seeds, and what was taken for seeds is said', () => {
  const three =
    '3 seeds of A’s recipe (taken from their hyperparameters) lose 1.0% to 4.0%, median 2.0% of each other’s images';
  expect(amongSeeds(told(0.05), seeds(), names)).toBe(
    `${three}, B 5.0%: more than any two of them.`,
  );
  expect(amongSeeds(told(0.04), seeds(), names)).toBe(`${three}, B 4.0%: no more than they do.`);
  expect(amongSeeds(told(0), seeds(), names)).toBe(`${three}, B 0.0%: less than any two of them.`);
  expect(amongSeeds(told(0.02), seeds({ runs: [0, 1, 2], withOther: true }), names)).toBe(
    `${three}; B is one of them.`,
  );
});

test('two seeds are the yardstick themselves', () => {
  const two = seeds({ runs: [0, 1], withOther: true, taken_from: 'names' });
  expect(amongSeeds(told(0.02), two, names)).toBe(
    'A and B differ in their seed only (taken from their names): what they lose is the yardstick for other changes.',
  );
  const beside = seeds({ runs: [0, 2] });
  expect(amongSeeds(told(0.02), beside, names)).toContain('lose 1.0% to 4.0% of each other’s');
});

test('weights that are the same are said, for as long as they are', () => {
  expect(sameWeights({ dumps: 0, alike: 0, until: null })).toBeNull();
  expect(sameWeights({ dumps: 9, alike: 0, until: null })).toBeNull();
  expect(sameWeights({ dumps: 9, alike: 4, until: 1200 })).toBe(
    'Both have the same weights up to iteration 1,200.',
  );
  expect(sameWeights({ dumps: 1, alike: 1, until: 0 })).toBe(
    'Both have the same weights up to iteration 0.',
  );
  expect(sameWeights({ dumps: 9, alike: 9, until: 80 })).toContain(
    'at all 9 iterations at which both logged them',
  );
});
