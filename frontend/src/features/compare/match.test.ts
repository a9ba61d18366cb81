import fc from 'fast-check';
import { expect, test } from 'vitest';

import { match, reversed } from './match';

test('images are found by their ids, and back', () => {
  const ids = fc.uniqueArray(fc.oneof(fc.nat(50), fc.constantFrom('a', 'b,c', 'd e')), {
    selector: String,
  });
  fc.assert(
    fc.property(ids, ids, (own, others) => {
      const there = match(own, others);
      const back = reversed(there, others.length);
      own.forEach((id, i) => {
        const row = there[i] ?? -1;
        expect(row >= 0).toBe(others.map(String).includes(String(id)));
        if (row >= 0) {
          expect(String(others[row])).toBe(String(id));
          expect(back[row]).toBe(i);
        }
      });
      expect(back.filter((row) => row >= 0)).toHaveLength(there.filter((row) => row >= 0).length);
    }),
  );
});
