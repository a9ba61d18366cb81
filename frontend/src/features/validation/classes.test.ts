import { describe, expect, test } from 'vitest';

import type { Anomaly } from '../anomalies/api';
import { matches, ranking, undivided } from './classes';

const flip = (score: number): Anomaly => ({ class: 0, step: 1, rule: 'left', count: 1, score });
const facts = {
  names: ['class 10', 'Class 9', 'class 2'],
  errors: [0.5, NaN, 0.9],
  anomalies: new Map([
    [1, [flip(0.2), flip(0.8)]],
    [2, [flip(0.4)]],
  ]),
};

test('one cluster is not drawn: its classes are listed from easy to hard', () => {
  const classByName = new Map(facts.names.map((name, i) => [name, i]));
  const cluster = (...classes: string[]) => ({ classes, errorRate: new Float32Array() });
  const one = { k: 1, clusters: [cluster('class 2', 'class 10', 'Class 9')] };
  expect(undivided(one, classByName)).toEqual([2, 0, 1]);
  const two = { k: 2, clusters: [cluster('class 2'), cluster('class 10', 'Class 9')] };
  expect(undivided(two, classByName)).toBeNull();
  expect(undivided(null, classByName)).toBeNull();
});

describe('classes', () => {
  test('are sorted by name as people count', () => {
    expect(ranking('name', facts)).toEqual([2, 1, 0]);
  });

  test('are sorted by error, hardest first, those never evaluated last', () => {
    expect(ranking('error', facts)).toEqual([2, 0, 1]);
  });

  test('are sorted by their strongest anomaly', () => {
    expect(ranking('anomaly', facts)).toEqual([1, 2, 0]);
  });

  test('are left to their clusters', () => {
    expect(ranking('cluster', facts)).toBeNull();
  });

  test('are found by all words of a search, in any order', () => {
    expect(matches('fox red', 'Red fox, Vulpes')).toBe(true);
    expect(matches('fox blue', 'Red fox, Vulpes')).toBe(false);
    expect(matches('', 'anything')).toBe(true);
  });
});
