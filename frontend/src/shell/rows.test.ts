import fc from 'fast-check';
import { expect, test } from 'vitest';

import { stack, totalHeight, visibleRows } from './rows';

test('the rows on screen are those that looking at all of them finds', () => {
  const heights = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 50 });
  fc.assert(
    fc.property(heights, fc.nat({ max: 3000 }), fc.nat({ max: 900 }), (all, from, height) => {
      const rows = stack(all.map((each) => ({ height: each })));
      expect(totalHeight(rows)).toBe(all.reduce((a, b) => a + b, 0));
      const shown = visibleRows(rows, from, from + height, 0);
      for (const row of rows) {
        const touches = row.top < from + height && row.top + row.height > from;
        if (touches) expect(shown).toContain(row);
      }
      expect(shown.length).toBeLessThanOrEqual(height + 2);
    }),
  );
});
