import { expect, test } from 'vitest';

import { byRuns, meaning, whenLearned } from './agreement';

test('images are grouped by in how many runs they are right, if all evaluated them', () => {
  expect(byRuns([0, 3, 1, 1, 2], [3, 3, 3, 3, 2], 3)).toEqual([[0], [2, 3], [], [1]]);
  expect(byRuns([], [], 2)).toEqual([[], [], []]);
});

test('what that means is told apart', () => {
  expect([0, 1, 3].map((count) => meaning(count, 3))).toEqual([
    'stably hard: right in no run',
    'a matter of the run: right in 1 of 3',
    'right in all runs',
  ]);
});

test('when something was learned has a range only where runs differ', () => {
  const at = (learned: number, median: number | null, earliest: number, latest: number) =>
    whenLearned({ learned, median, earliest, latest }, 3, String);
  expect(at(3, 20, 10, 40)).toBe('20 (10 to 40)');
  expect(at(3, 20, 20, 20)).toBe('20');
  expect(at(2, 20, 10, 30)).toBe('20 (10 to 30), in 2 of 3');
  expect(at(0, null, 0, 0)).toBe('in no run');
});
