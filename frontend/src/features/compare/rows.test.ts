import { describe, expect, test } from 'vitest';

import { formatP, formatPoints, sortedRows, type Told } from './rows';
import { besideSeeds, verdict } from './verdict';

const told = (
  name: string,
  a: number | null,
  b: number | null,
  more: Partial<Told> = {},
): Told => ({
  class: name,
  error: [a, b],
  lost: 0,
  won: 0,
  churn: 0,
  earlier: null,
  ...more,
});

describe('classes of two runs', () => {
  const classes = [
    told('c2', 0.5, 0.25, { lost: 3, earlier: 100, churn: 0.1 }),
    told('c10', 0.25, 0.5, { lost: 1, earlier: -40 }),
    told('gone', null, 0.5, { churn: null }),
    told('c1', 0.25, 0.5, { lost: 2, earlier: -50, churn: 0.2 }),
  ];
  const indexes = new Map([...classes.entries()].map(([i, each]) => [each.class, i]));
  const order = (sort: Parameters<typeof sortedRows>[2]) =>
    sortedRows(classes, indexes, sort).map((row) => row.class);

  test('are in the order asked for; what is not known comes last', () => {
    expect(order('difference')).toEqual(['c1', 'c10', 'c2', 'gone']);
    expect(order('earlier')).toEqual(['c2', 'c10', 'c1', 'gone']);
    expect(order('lost')).toEqual(['c2', 'c1', 'c10', 'gone']);
    expect(order('churn')).toEqual(['c1', 'c2', 'c10', 'gone']);
    expect(order('error')).toEqual(['c1', 'c2', 'c10', 'gone']);
    expect(order('name')).toEqual(['c1', 'c2', 'c10', 'gone']);
  });

  test('know their place in the shown run and their difference', () => {
    const [first] = sortedRows(classes, indexes, 'difference');
    expect(first).toMatchObject({ index: 3, difference: 0.25 });
  });
});

test('numbers are written as people read them', () => {
  expect([0.0312, -0.2, 0, -0.0001, NaN].map(formatPoints)).toEqual([
    '+3.1',
    '−20.0',
    '0.0',
    '0.0',
    '–',
  ]);
  expect([0.00001, 0.0213, 0.5, NaN].map(formatP)).toEqual(['< 0.001', '0.021', '0.50', '–']);
});

describe('the verdict', () => {
  const names = { shown: 'A', other: 'B' };
  const all = {
    evaluated: 500,
    error: [0.062, 0.046],
    lost: 12,
    won: 20,
    ci: [-0.038, 0.006],
    p: 0.215,
    negative_flip_rate: 0.024,
    negative_flip_rate_ci: [0.012, 0.042],
  };

  test('says who is wrong more, by how much, and that it may be chance', () => {
    expect(verdict(all, names)).toBe(
      'B is wrong for 4.6% of 500 images, A for 6.2%: 1.6 points less (95 % interval −3.8 to 0.6);' +
        ' it lost 12 and won 20 of them. The difference may be chance (McNemar’s test, p\u00a0=\u00a00.21).',
    );
  });

  test('says when it is more than chance', () => {
    expect(verdict({ ...all, p: 0.0001 }, names)).toContain(
      'The two differ beyond chance (McNemar’s test, p\u00a0<\u00a00.001).',
    );
  });

  test('of runs that agree, or have nothing in common, says so', () => {
    const same = { ...all, lost: 0, won: 0, error: [0.05, 0.05] };
    expect(verdict(same, names)).toContain('both are right and wrong on the same images');
    const nothing = { ...all, evaluated: 0, error: [null, null] };
    expect(verdict(nothing, names)).toBe(
      'No image was evaluated in both runs, so nothing can be said of them.',
    );
  });

  test('compares flips with those of two seeds by their intervals', () => {
    const seeds = (low: number, high: number) => ({ ...all, negative_flip_rate_ci: [low, high] });
    expect(besideSeeds(all, seeds(0.001, 0.005), names)).toContain('more than two seeds do.');
    expect(besideSeeds(all, seeds(0.1, 0.2), names)).toContain('less than two seeds do.');
    expect(besideSeeds(all, seeds(0.01, 0.05), names)).toContain('no more and no less');
  });
});
