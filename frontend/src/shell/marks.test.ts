import { expect, test } from 'vitest';

import { colorBeside, markOfRun } from './marks';

test.each(['light', 'dark'] as const)('fifty runs have fifty marks (%s)', (theme) => {
  const marks = Array.from({ length: 50 }, (_, place) => markOfRun(place, theme));
  expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(50);
  expect(new Set(marks.slice(0, 8).map(({ color }) => color)).size).toBe(8);
  expect(new Set(marks.slice(0, 8).map(({ path }) => path)).size).toBe(1);
  expect(markOfRun(8, theme).color).toBe(marks[0]?.color);
  expect(markOfRun(-1, theme).color).toBe('var(--missing)');
});

test('two runs side by side never have the same colour', () => {
  const [first, ninth] = [markOfRun(0, 'light').color, markOfRun(8, 'light').color];
  expect(colorBeside(ninth, first, 'light')).toBe(markOfRun(1, 'light').color);
  const eighth = markOfRun(7, 'light').color;
  expect(colorBeside(eighth, eighth, 'light')).toBe(first);
  expect(colorBeside(eighth, first, 'light')).toBe(eighth);
});
