import { expect, test } from 'vitest';

import { byRuns, meaning, recipeOf, verdictOfAll, whenLearned } from './agreement';

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

test('all runs are told in a sentence', () => {
  const groups = [[0], [2, 3], [], [1]];
  expect(verdictOfAll([0.1, 0.5, 0.25], groups)).toBe(
    'On the 4 images that all runs evaluated, their errors are 10.0% to 50.0%, median 25.0%. ' +
      'Right in every run: 1; in none: 1; in some, a matter of the run: 2.',
  );
  expect(verdictOfAll([null, null], [[], [], []])).toContain('No image');
});

test('a recipe is what its runs have in common of what varies', () => {
  const parameters = [
    { name: 'lr', values: [0.1, 0.1, 0.2] },
    { name: 'seed', values: [0, 1, 0] },
    { name: 'augment', values: ['crop', 'crop', null] },
  ];
  expect(recipeOf([0, 1], parameters, String)).toBe('lr 0.1, augment crop');
  expect(recipeOf([2], parameters, String)).toBe('lr 0.2, seed 0, augment –');
});
