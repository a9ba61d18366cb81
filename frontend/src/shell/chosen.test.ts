import { expect, test } from 'vitest';

import { chosenWith, shownInstead } from './chosen';

test('the shown run is among the chosen ones, and none is chosen alone', () => {
  expect(chosenWith('a', [], ['b', 'c'])).toEqual(['a', 'b', 'c']);
  expect(chosenWith('a', [], [])).toEqual([]);
  expect(chosenWith('a', ['a', 'b'], [])).toEqual([]);
  expect(chosenWith('a', [], ['a'])).toEqual([]);
});

test('runs keep their places while others come and go', () => {
  expect(chosenWith('b', ['a', 'b', 'c'], ['c', 'd'])).toEqual(['b', 'c', 'd']);
  expect(chosenWith('b', ['a', 'b'], ['a', 'c'])).toEqual(['a', 'b', 'c']);
});

test('a run that is shown in the place of another takes that place among the chosen', () => {
  expect(shownInstead('b', 'a', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  expect(shownInstead('d', 'a', ['a', 'b', 'c'])).toEqual(['d', 'b', 'c']);
  expect(shownInstead('d', 'a', [])).toEqual([]);
});
