import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { distinct, isolated, matching, shortName } from './names';

describe('what tells names apart', () => {
  test('is what they do not begin and end with, cut at the end of a word', () => {
    expect(distinct(['mnist-m-small-20261128-174316', 'mnist-m-small-20261128-184000'])).toEqual([
      '…174316',
      '…184000',
    ]);
    expect(distinct(['sweep/seed 1, rate 0.1/net', 'sweep/seed 2, rate 0.1/net'])).toEqual([
      '…seed 1…',
      '…seed 2…',
    ]);
    expect(distinct(['sweep/seed 1/net', 'sweep/seed 2/net'])).toEqual(['…seed 1…', '…seed 2…']);
    expect(distinct(['a/net, lr=0.01', 'a/net, lr=0.05'])).toEqual(['…lr=0.01', '…lr=0.05']);
    expect(shortName('sweep/b', ['sweep/a', 'sweep/b'])).toBe('…b');
  });

  test('is all of them where there is little to take away, or nothing to compare with', () => {
    expect(distinct(['a/one', 'a/two'])).toEqual(['a/one', 'a/two']);
    expect(distinct(['a long name/with parts'])).toEqual(['a long name/with parts']);
    expect(distinct(['base', 'base/more'])).toEqual(['base', 'base/more']);
    expect(distinct([])).toEqual([]);
    expect(shortName('gone', ['sweep/a', 'sweep/b'])).toBe('gone');
  });

  test('leaves out the folder that most of them are in', () => {
    const within = ['sweep/lr=0.1, seed 1', 'sweep/lr=0.2, seed 2'];
    expect(distinct([...within, 'the odd one'])).toEqual([
      '…lr=0.1, seed 1',
      '…lr=0.2, seed 2',
      'the odd one',
    ]);
    const halves = ['wide/one', 'wide/two', 'narrow/one', 'narrow/two'];
    expect(distinct(halves)).toEqual(halves);
  });

  test('is never the same for two, and always a part of the name', () => {
    const name = fc.array(fc.constantFrom('a', 'b', '/', '-', ' ', ',')).map((it) => it.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), (names) => {
        const short = distinct(names);
        expect(new Set(short).size).toBe(names.length);
        short.forEach((each, i) => {
          expect(names[i]).toContain(each.replaceAll('…', ''));
        });
      }),
    );
  });
});

describe('a filter', () => {
  const find = (filter: string): readonly string[] =>
    matching(['a/first', 'b second', 'seed (1)'], (it) => it, filter);

  test('is a regular expression, or words in any order, in whatever case', () => {
    expect(find('')).toHaveLength(3);
    expect(find('^a|SECOND$')).toEqual(['a/first', 'b second']);
    expect(find('second b')).toEqual(['b second']);
    expect(find('(1)')).toEqual(['seed (1)']);
  });

  test('may be no regular expression yet', () => {
    expect(find('(1')).toEqual(['seed (1)']);
    expect(find('[x')).toEqual([]);
  });
});

describe('a name in a sentence', () => {
  test('is set apart if it is written from right to left, or turns what follows', () => {
    expect(['חתול 12', 'a كلب', 'x\u202e'].map(isolated)).toEqual([
      '\u2068חתול 12\u2069',
      '\u2068a كلب\u2069',
      '\u2068x\u202e\u2069',
    ]);
  });

  test('does not end that by itself', () => {
    expect(isolated('\u2069\u202e1')).toBe('\u2068\u202e1\u2069');
  });

  test('stays what it is otherwise', () => {
    expect(['owl', 'ünïcode & 犬', 'кот', ''].map(isolated)).toEqual([
      'owl',
      'ünïcode & 犬',
      'кот',
      '',
    ]);
  });
});
