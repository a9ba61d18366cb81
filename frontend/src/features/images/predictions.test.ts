import fc from 'fast-check';
import { expect, test } from 'vitest';

import { predictionShares } from './predictions';

test('predictions are shares of what was evaluated, the most frequent first', () => {
  expect(predictionShares(Int32Array.of(4, -1, 2, 4, 1))).toEqual([
    { label: 4, share: 0.5 },
    { label: 1, share: 0.25 },
    { label: 2, share: 0.25 },
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 5 })), (labels) => {
      const shares = predictionShares(Int32Array.from(labels));
      const evaluated = labels.filter((label) => label >= 0);
      for (const { label, share } of shares) {
        const times = evaluated.filter((each) => each === label).length;
        expect(share).toBe(times / evaluated.length);
      }
      expect(new Set(shares.map(({ label }) => label))).toEqual(new Set(evaluated));
    }),
  );
});
