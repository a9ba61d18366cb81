/** What effects are called, which are causes, and which comes first. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  byStrength,
  chanceInWords,
  effectInWords,
  excess,
  isCompared,
  keyOf,
  marksOf,
  passedInWords,
  strongestOfEach,
  testedInWords,
  verdictOf,
} from './plan';
import type { Effect, Effects } from './wire';

const effect = (own: Partial<Effect> = {}): Effect => ({
  step: 12400,
  since: 12350,
  group: 'mine',
  how: 'put_back',
  layers: [{ layer: 'layer3.1.conv2', filters: [1, 2, 3, 4, 5, 6, 7, 8, 9] }],
  class: 'cat',
  to: 'wrong',
  images: 87,
  changed: 61,
  interval: [0.6, 0.8],
  draws: 200,
  chance: 8,
  chance_sd: 2,
  p: 0.0005,
  q: 0.004,
  beyond_chance: true,
  others: 100,
  others_changed: 2,
  ...own,
});
const several = [
  { layer: 'a', filters: [1] },
  { layer: 'b', filters: [2, 3] },
];
const whole = { draws: 0, chance: null, chance_sd: null, p: null, q: null };
const filtersOf = (layer: string): number => (layer === 'fc' ? 10 : 64);

test('beside p is what is left of it where many are tried', () => {
  expect(chanceInWords(effect({ p: 0.01, q: 0.03 }))).toBe('chance: 8.0, p = 0.010, q = 0.030');
  expect(chanceInWords(effect({ p: 0.01, q: null }))).toBe('chance: 8.0, p = 0.010');
  expect(chanceInWords(effect(whole))).toBe('');
});

test('an effect is said in a sentence', () => {
  expect(effectInWords(effect(), filtersOf)).toBe(
    'At 12,400, 61 of 87 flips to wrong revert when these 9 filters of layer3.1.conv2 are put back (chance: 8.0, p < 0.001, q = 0.004)',
  );
  const fc10 = [{ layer: 'fc', filters: [...Array(10).keys()] }];
  expect(effectInWords(effect({ layers: fc10, ...whole, changed: 1 }), filtersOf)).toBe(
    'At 12,400, 1 of 87 flips to wrong reverts when all 10 filters of fc are put back',
  );
  expect(
    effectInWords(effect({ layers: several, to: null, p: 0.3, beyond_chance: false }), filtersOf),
  ).toBe(
    'At 12,400, 61 of 87 flips revert when these 3 filters of 2 layers are put back (chance: 8.0, p = 0.300, q = 0.004, not beyond chance)',
  );
  const one = [{ layer: 'conv', filters: [4] }];
  expect(effectInWords(effect({ layers: one }), filtersOf)).toContain(
    'when filter 4 of conv is put back',
  );
});

test('how much was tested is said, with the budget', () => {
  const answer = { steps: [1, 2, 3, 4, 5, 6], passed: [7, 8], moments: [], effects: [] };
  expect(testedInWords({ ...answer, budget: 0.02 })).toBe(
    'tested 6 of 8 moments; budget 2% of the training’s time',
  );
  expect(testedInWords({ ...answer, passed: [], budget: null })).toBe('tested 6 of 6 moments');
});

test('the largest moments that were not tested are named, with what they lacked', () => {
  const moment = (step: number, own: object = {}): Effects['moments'][number] => ({
    ...{ step, since: step - 1, images: 0, seconds: 0.1, flips: step, groups: 0, draws: 0 },
    ...{ allowed: 0.25, planned: 12.4 },
    ...own,
  });
  const answer = { steps: [90], passed: [], budget: 0.02, effects: [] };
  const said = (moments: Effects['moments']) => passedInWords({ ...answer, moments });
  expect(said([moment(90, { images: 300 })])).toBe('');
  // Where nothing more was logged of them.
  const old = { flips: null, allowed: null, planned: null, groups: null, draws: null };
  expect(said([moment(7, old), moment(9, old)])).toBe('Not tested: 7, 9.');
  expect(said([moment(90, { images: 300 }), ...[5, 1, 9, 3].map((step) => moment(step))])).toBe(
    'Not tested: 9 (9 flips: 0.3 s allowed, 12 s needed), 5 (5 flips: 0.3 s allowed, 12 s needed), 3 (3 flips: 0.3 s allowed, 12 s needed) and 1 more.',
  );
});

test('what is no cause has the hollow mark, what takes several layers the half', () => {
  expect(verdictOf(effect())).toBe('alone');
  expect(verdictOf(effect({ layers: several }))).toBe('together');
  expect(verdictOf(effect({ beyond_chance: false }))).toBe('not');
});

test('a layer is marked by what its filters do alone, then by what they do with others', () => {
  const marks = marksOf([
    effect({ layers: several, changed: 80 }),
    effect({ layers: several.slice(0, 1), changed: 30 }),
    effect({ layers: several.slice(1), changed: 8, beyond_chance: false }),
    effect({ layers: [{ layer: 'c', filters: [0] }], beyond_chance: false }),
    // What was put into the model before, and what is of all classes, marks no cell.
    effect({ layers: [{ layer: 'd', filters: [0] }], how: 'put_in' }),
    effect({ layers: [{ layer: 'd', filters: [0] }], class: null }),
  ]);
  const of = (layer: string) => marks.get(keyOf(layer, 'cat'));
  expect(of('a')?.verdict).toBe('alone');
  expect(of('a')?.effect.changed).toBe(30);
  expect(of('b')?.verdict).toBe('together');
  expect(of('c')?.verdict).toBe('not');
  expect(marks.size).toBe(3);
});

test('filters of many layers mark no layer, but their class', () => {
  const many = ['a', 'b', 'c', 'd'].map((layer) => ({ layer, filters: [0] }));
  const marks = marksOf([
    effect({ layers: many, changed: 20, beyond_chance: false }),
    effect({ layers: many, changed: 60 }),
    effect({ layers: many.slice(0, 3), changed: 30 }),
  ]);
  expect(marks.get(keyOf(null, 'cat'))).toMatchObject({
    verdict: 'together',
    effect: { changed: 60 },
  });
  expect(marks.get(keyOf('a', 'cat'))?.effect.changed).toBe(30);
  expect(marks.has(keyOf('d', 'cat'))).toBe(false);
});

const effects = fc.array(
  fc
    .record({
      images: fc.integer({ min: 1, max: 50 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      chance: fc.double({ min: 0, max: 20, noNaN: true }),
      beyond_chance: fc.boolean(),
      step: fc.integer({ min: 0, max: 3 }),
      draws: fc.constantFrom(0, 200),
      to: fc.constantFrom('right', 'wrong'),
    })
    .map(({ share, ...own }) =>
      effect({
        ...own,
        chance: own.draws > 0 ? own.chance : null,
        changed: Math.floor(share * own.images),
      }),
    ),
  { maxLength: 20 },
);

test('what is beyond chance comes first, and of it what was compared and does most', () => {
  fc.assert(
    fc.property(effects, (some) => {
      const order = some.toSorted(byStrength);
      order.slice(1).forEach((next, i) => {
        const before = order[i] as Effect;
        expect(before.beyond_chance || !next.beyond_chance).toBe(true);
        if (before.beyond_chance !== next.beyond_chance) return;
        // Of a whole layer, there is no chance to compare with.
        expect(isCompared(before) || !isCompared(next)).toBe(true);
        if (isCompared(before) === isCompared(next)) {
          expect(excess(before)).toBeGreaterThanOrEqual(excess(next));
        }
      });
      // One of each iteration and direction, and none of the same that does more.
      const told = strongestOfEach(some);
      expect(new Set(told.map(({ step, to }) => `${String(step)} ${String(to)}`)).size).toBe(
        told.length,
      );
      for (const each of told) {
        const same = some.filter(({ step, to }) => step === each.step && to === each.to);
        expect(same.every((other) => byStrength(each, other) <= 0)).toBe(true);
      }
    }),
  );
});
