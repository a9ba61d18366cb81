import { expect, test } from 'vitest';

import * as judges from './evidence';
import { PATHS } from './paths';

const NOTHING: judges.Facts = {
  className: (index) => `class ${index}`,
  layerName: (index) => `layer ${index}`,
  layers: 4,
  clusters: null,
  anomalies: null,
  errors: null,
  range: null,
  neverRight: null,
  statistic: null,
  places: null,
  miniSets: null,
};

const ofLayer = (layer: number, filters: number[], classes: [number, number][]) => ({
  layer,
  filters,
  classes: new Map(classes),
});

test('what is not known is not judged', () => {
  for (const { judge } of PATHS) expect(judge(NOTHING).holds).toBe(null);
});

test('clusters', () => {
  expect(judges.clusters({ ...NOTHING, clusters: 1 }).holds).toBe(false);
  expect(judges.clusters({ ...NOTHING, clusters: 4 })).toMatchObject({
    holds: true,
    at: { hardest: '3' },
  });
});

test('iterations at which many classes flip', () => {
  const range: [number, number] = [0, 100];
  const at = (step: number, classes: number[]) =>
    classes.map((each) => ({ class: each, step, score: 0.5 }));
  const anomalies = [...at(20, [1, 2, 3]), ...at(30, [1, 2, 3, 4]), ...at(90, [1])];
  expect(judges.peaks({ ...NOTHING, range, anomalies })).toEqual({
    holds: true,
    says: '2 iterations have anomalies of 3 classes or more; 7 of 8 anomalies are in the first half of the training.',
    at: { step: '30' },
  });
  // Both rules at the same iteration are one class.
  const twice = [...at(20, [1, 2]), ...at(20, [1, 2])];
  expect(judges.peaks({ ...NOTHING, range, anomalies: twice }).holds).toBe(false);
  const late = [...at(90, [1, 2, 3])];
  expect(judges.peaks({ ...NOTHING, range, anomalies: late }).holds).toBe(false);
  expect(judges.peaks({ ...NOTHING, range, anomalies: [] }).holds).toBe(false);
});

test('a class that flips as a whole', () => {
  const anomalies = [
    { class: 3, step: 20, score: 0.5 },
    { class: 5, step: 40, score: 0.92 },
    // Which is forgotten.
    { class: 3, step: 10, score: 1 },
  ];
  const errors = (_: number, step: number) =>
    step === 10 ? ([0, 1] as const) : ([1, 0.1] as const);
  expect(judges.whole({ ...NOTHING, anomalies })).toMatchObject({ holds: null });
  expect(judges.whole({ ...NOTHING, anomalies, errors })).toEqual({
    holds: true,
    says: 'The strongest anomaly at which a class is learned is of “class 5” at iteration 40: 92% of its images flip.',
    at: { class: '5', step: '40' },
  });
  expect(judges.whole({ ...NOTHING, errors, anomalies: anomalies.slice(0, 1) }).holds).toBe(false);
  expect(judges.whole({ ...NOTHING, errors, anomalies: anomalies.slice(2) }).holds).toBe(false);
});

test('images that are never right, in the class that flips if it has some', () => {
  const neverRight = [
    { never: 0, images: 10 },
    { never: 2, images: 10 },
    { never: 1, images: 10 },
    { never: 9, images: 10 },
  ];
  const anomalies = [{ class: 1, step: 20, score: 0.9 }];
  expect(judges.never({ ...NOTHING, neverRight, anomalies }).at).toEqual({ class: '1' });
  expect(judges.never({ ...NOTHING, neverRight, anomalies: [] }).at).toEqual({ class: '2' });
  const all = neverRight.slice(3);
  expect(judges.never({ ...NOTHING, neverRight: all, anomalies }).holds).toBe(false);
});

test('spread and means of weights', () => {
  const of = (...values: number[][]) => ({
    ...NOTHING,
    statistic: values.map((each, i) => ({ name: String(i), values: each })),
  });
  expect(judges.spread(of([4, 2], [2, 1])).holds).toBe(true);
  expect(judges.spread(of([2, 1], [4, 2])).holds).toBe(false);
  expect(judges.spread(of([4, 5], [2, 3])).holds).toBe(false);
  expect(judges.means(of([1, -1], [1, -1], [-1, 1])).holds).toBe(true);
  expect(judges.means(of([1, -1], [1, -1], [1, -1])).holds).toBe(false);
  expect(judges.means(of([1, -1], [1, 1], [1, 1])).says).toContain('negative in 1 of 2');
});

test('filters that never change or never settle', () => {
  const places = [
    { rule: 'dead_filters', layer: 0, filter: 12 },
    { rule: 'dead_filters', layer: 0, filter: 40 },
    { rule: 'restless_filters', layer: 2, filter: 5 },
  ];
  expect(judges.dead({ ...NOTHING, places })).toEqual({
    holds: true,
    says: "2 of this run's filters never change, first filter 12 of layer 0.",
    at: { layer: '0', filter: '12' },
  });
  expect(judges.restless({ ...NOTHING, places }).at).toEqual({ layer: '2', filter: '5' });
  expect(judges.dead({ ...NOTHING, places: [] }).holds).toBe(false);
});

test('filters that are shared, and those of one class', () => {
  const miniSets = [
    ofLayer(
      0,
      [1, 2],
      [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    ),
    ofLayer(3, [7, 9], [[4, 2]]),
    ofLayer(3, [8], [[5, 1]]),
  ];
  const shared = judges.shared({ ...NOTHING, miniSets });
  expect(shared.holds).toBe(true);
  expect(shared.says).toContain('when 3 classes flip');
  expect(shared.says).toContain('when 1 do');
  expect(judges.shared({ ...NOTHING, miniSets: miniSets.slice(1) }).holds).toBe(false);
  expect(judges.own({ ...NOTHING, miniSets })).toMatchObject({
    holds: true,
    at: { pick: '3.7..', class: '4' },
  });
  expect(judges.own({ ...NOTHING, miniSets: miniSets.slice(2) }).holds).toBe(false);
});

test('the classes of a mini-set are those with anomalies at its iterations', () => {
  const set = { layer: 1, filters: [4], steps: [20, 40] };
  const columns = [
    { class: 2, steps: [20, 30, 40] },
    { class: 5, steps: [30] },
  ];
  const { classes } = judges.withClasses(set, columns);
  expect([...classes]).toEqual([[2, 2]]);
});
