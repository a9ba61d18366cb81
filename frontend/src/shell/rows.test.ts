import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pageOf, rowOfKey, stack, totalHeight, visibleRows } from './rows';

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

test('a key on a list leads to one of its rows, and others are left alone', () => {
  const list = {};
  const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
    ({ key, target: list, currentTarget: list, ...more }) as unknown as KeyboardEvent;
  const to = (key: string): number | null => rowOfKey(press(key), 4, 3, 9);
  expect(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'].map(to)).toEqual([
    5, 3, 7, 1, 0, 8,
  ]);
  expect(rowOfKey(press('PageUp'), 1, 3, 9)).toBe(0);
  expect(rowOfKey(press('ArrowDown'), 8, 3, 9)).toBe(8);
  expect(to('Enter')).toBeNull();
  expect(rowOfKey(press('End', { ctrlKey: true }), 4, 3, 9)).toBeNull();
  expect(rowOfKey(press('End', { target: {} as EventTarget }), 4, 3, 9)).toBeNull();
  expect([pageOf(280, 28), pageOf(20, 28)]).toEqual([9, 1]);
});
