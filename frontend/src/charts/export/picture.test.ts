import { expect, test } from 'vitest';

import { barColors, isClear } from './picture';

test('a colour bar has the colours of its gradient, from end to end', () => {
  const colors = barColors('linear-gradient(to right, rgb(0, 0, 200), rgb(100, 0, 0))');
  expect(colors[0]).toBe('rgb(0 0 200)');
  expect(colors.at(-1)).toBe('rgb(100 0 0)');
  const reds = colors.map((color) => Number(/\d+/.exec(color)?.[0]));
  reds.forEach((red, i) => {
    expect(Math.abs(red - (100 * i) / (colors.length - 1))).toBeLessThan(1);
  });
});

test('stops in between are met, however they are written', () => {
  const colors = barColors('linear-gradient(to right, rgb(9 9 9), rgb(255 255 255), rgb(9 9 9))');
  expect(colors[0]).toBe(colors.at(-1));
  const middle = Number(/\d+/.exec(colors[Math.floor(colors.length / 2)] ?? '')?.[0]);
  expect(middle).toBeGreaterThan(245);
});

test('of anything else there is none', () => {
  expect(barColors('none')).toEqual([]);
  expect(barColors('linear-gradient(rgb(0, 0, 0), rgb(1, 1, 1))')).toEqual([]);
});

test('a colour without blue is seen', () => {
  expect(['rgb(213, 94, 0)', 'rgb(0 0 0)', 'rgba(1, 2, 0, 0.5)'].map(isClear)).not.toContain(true);
  const clear = ['rgba(0, 0, 0, 0)', 'rgb(1 2 3 / 0)', 'transparent', ''];
  expect(clear.map(isClear)).not.toContain(false);
});
