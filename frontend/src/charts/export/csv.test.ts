import { expect, test } from 'vitest';

import { csv } from './csv';

test('quotes what must be quoted and keeps all digits of numbers', () => {
  const rows = [
    ['tench, Tinca', 0.1 + 0.2, NaN],
    ['say "ah"', -1e-12, 3],
    ['two\nlines', 0, 1],
  ];
  expect(csv(['class', 'error', 'last'], rows)).toBe(
    'class,error,last\r\n' +
      '"tench, Tinca",0.30000000000000004,\r\n' +
      '"say ""ah""",-1e-12,3\r\n' +
      '"two\nlines",0,1\r\n',
  );
});

test('text that a spreadsheet would run stays text', () => {
  expect(csv(['=1+1'], [['@sum'], ['-']])).toBe("'=1+1\r\n'@sum\r\n'-\r\n");
});
