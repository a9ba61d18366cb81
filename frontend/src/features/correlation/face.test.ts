import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MIN_LIT, visible } from './face';

const share = fc.double({ min: -0.5, max: 1.5, noNaN: true });

test('what is on screen of a band is within the face, and never too narrow to be seen', () => {
  fc.assert(
    fc.property(share, share, fc.integer({ min: 10, max: 2000 }), (one, other, width) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const ends = visible({ from: 0, to: 1, width }, { from, to }, MIN_LIT);
      if (to <= 0 || from >= 1) {
        expect(ends).toBeNull();
        return;
      }
      const [start, end] = ends ?? [NaN, NaN];
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(width + 1e-9);
      expect(end - start).toBeGreaterThanOrEqual(MIN_LIT - 1e-9);
      // It covers all of the band that is on screen.
      expect(start).toBeLessThanOrEqual(Math.max(0, from * width) + 1e-9);
      expect(end).toBeGreaterThanOrEqual(Math.min(1, to) * width - 1e-9);
    }),
  );
});
