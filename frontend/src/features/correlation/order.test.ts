import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { correlationOf, correlations } from './fixtures';
import { planGrid } from './grid';
import { bySimilarity, CLASS_ORDERS, orderClasses } from './order';
import { rankCells, rankSets } from './ranking';

describe('the order of the classes', () => {
  test('has every class once, whatever it is', () => {
    fc.assert(
      fc.property(correlations, fc.constantFrom(...CLASS_ORDERS), (correlation, order) => {
        const { classes, miniSets } = correlation;
        const found = orderClasses(order, classes, miniSets, String, (index) => 50 - index);
        expect(found.toSorted((a, b) => a - b)).toEqual([...classes.keys()]);
      }),
    );
  });

  test('by similarity begins with the most filters and goes on with the most similar class left', () => {
    fc.assert(
      fc.property(correlations, ({ classes, miniSets }) => {
        const vectors = classes.map(({ steps }) =>
          miniSets.map((set) => set.steps.filter((step) => steps.includes(step)).length),
        );
        const dot = (a: readonly number[], b: readonly number[]): number =>
          a.reduce((sum, n, i) => sum + n * (b[i] ?? 0) * (miniSets[i]?.filters.length ?? 0), 0);
        const norm = (i: number): number => Math.sqrt(dot(vectors[i] ?? [], vectors[i] ?? [])) || 1;
        const likeness = (i: number, j: number): number =>
          dot(vectors[i] ?? [], vectors[j] ?? []) / norm(i) / norm(j);
        const chain = bySimilarity(classes, miniSets);
        expect(norm(chain[0] ?? -1)).toBeCloseTo(Math.max(...classes.map((_, i) => norm(i))), 9);
        chain.slice(1).forEach((next, i) => {
          const most = Math.max(...chain.slice(i + 1).map((j) => likeness(chain[i] ?? 0, j)));
          expect(likeness(chain[i] ?? 0, next)).toBeCloseTo(most, 9);
        });
      }),
    );
  });

  test('by number of anomalies, by name as people sort, by difficulty', () => {
    const { classes, miniSets } = correlationOf(
      [{ layer: 0, filters: [0], steps: [1] }],
      [[1], [1, 2, 3], [2, 3]],
    );
    const name = (index: number): string =>
      ({ 1: 'class 10', 4: 'class 9', 7: 'ant' })[index] ?? '';
    const by = (order: (typeof CLASS_ORDERS)[number]): readonly number[] =>
      orderClasses(order, classes, miniSets, name, (index) => (index === 4 ? 0.1 : 0.5));
    expect(by('anomalies')).toEqual([1, 2, 0]);
    expect(by('name')).toEqual([2, 1, 0]);
    expect(by('difficulty')).toEqual([1, 2, 0]);
  });
});

describe('the ranking', () => {
  const correlation = correlationOf(
    [
      { layer: 0, filters: [0], steps: [1] },
      { layer: 1, filters: [3, 4], steps: [2, 3] },
      { layer: 2, filters: [5], steps: [2] },
    ],
    [
      [1, 2],
      [2, 3],
    ],
  );
  const grid = planGrid({
    correlation,
    chance: null,
    detail: 'advanced',
    order: [0, 1],
    rowOf: String,
  });
  const surprise = {
    query: correlation.query,
    shuffles: 99,
    iterations: 3,
    classes: Int32Array.of(1, 2, 2),
    classesP: Float32Array.of(1, 0.5, 0.25),
    best: Int32Array.of(1, 4, 1),
    times: Int32Array.of(1, 2, 1),
    timesP: Float32Array.of(1, 0.5, 1),
    timesAnyP: Float32Array.of(1, 0.5, 1),
    classesQ: Float32Array.of(1, 0.5, 0.04),
    timesQ: Float32Array.of(1, 0.5, 1),
  };

  test('puts what is significant first, of what appears with several classes', () => {
    expect(rankSets('classes', grid.sets, surprise)).toEqual({
      order: [2, 1],
      significant: 1,
      leastQ: Math.fround(0.04),
    });
  });

  test('of what recurs has only what does, and says how far it is from significant', () => {
    expect(rankSets('times', grid.sets, surprise)).toEqual({
      order: [1],
      significant: 0,
      leastQ: 0.5,
    });
    const none = rankSets('times', grid.sets, { ...surprise, times: Int32Array.of(1, 1, 1) });
    expect(none).toEqual({ order: [], significant: 0, leastQ: NaN });
  });

  test('of cells is by q, then p, then how far they are from what is expected', () => {
    const [a, b, c] = grid.cells.slice(0, 3).map((cell) => ({ ...cell, q: 1, p: 1 }));
    if (!a || !b || !c) throw new Error('too few cells');
    const cells = [
      { ...a, q: 0.05, p: 0.01 },
      { ...b, q: 0.02 },
      { ...c, q: 0.05, p: 0.001 },
      { ...c, units: -2 },
      c,
    ];
    expect(rankCells({ ...grid, cells })).toEqual({
      order: [1, 2, 0, 3, 4],
      significant: 3,
      leastQ: 0.02,
    });
  });
});
