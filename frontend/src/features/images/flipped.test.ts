import fc from 'fast-check';
import { expect, test } from 'vitest';

import { flippedAt } from './flipped';

test('an image has flipped if it was evaluated at both validations, with different results', () => {
  const result = fc.constantFrom(-1, 0, 1);
  const rows = fc.integer({ min: 1, max: 20 }).chain((validations) =>
    fc.array(fc.array(result, { minLength: validations, maxLength: validations }), {
      minLength: 1,
      maxLength: 6,
    }),
  );
  fc.assert(
    fc.property(rows, fc.nat({ max: 19 }), (results, drawn) => {
      const validations = results[0]?.length ?? 0;
      const at = drawn % validations;
      const stride = Math.ceil(validations / 8);
      const bits = (is: (value: number) => boolean): Uint8Array => {
        const bytes = new Uint8Array(results.length * stride);
        results.forEach((own, row) => {
          own.forEach((value, j) => {
            const i = row * stride + (j >> 3);
            if (is(value)) bytes[i] = (bytes[i] ?? 0) | (128 >> (j & 7));
          });
        });
        return bytes;
      };
      const data = {
        validations,
        stride,
        correct: bits((value) => value === 1),
        evaluated: bits((value) => value >= 0),
      };
      const expected = results.flatMap((own, row) => {
        const [before = -1, now = -1] = [own[at - 1], own[at]];
        if (row === 0 || before < 0 || now < 0 || before === now) return [];
        return [{ row, correct: now === 1 }];
      });
      expect(flippedAt(data, 1, results.length, at)).toEqual(expected);
    }),
  );
});
