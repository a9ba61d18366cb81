/** Correlations for tests: drawn at random, with the meaning that docs/http_api.md gives them. */
import fc from 'fast-check';

import type { Chance, Correlation, MiniSet } from './wire';

const QUERY = { window: 1, minScore: 0, topK: 1, measure: 'change', minAppearances: 1 };

/** Of mini-sets with these layers, filters and steps, and of classes with these steps. */
export function correlationOf(
  sets: readonly { layer: number; filters: readonly number[]; steps: readonly number[] }[],
  classes: readonly (readonly number[])[],
): Correlation {
  const layers = [...new Set(sets.map(({ layer }) => layer))].sort((a, b) => a - b);
  const shared = (a: readonly number[], b: readonly number[]): number =>
    a.filter((step) => b.includes(step)).length;
  const filters = layers.flatMap((layer) =>
    classes.map((steps) =>
      sets
        .filter((set) => set.layer === layer && shared(set.steps, steps) > 0)
        .reduce((sum, set) => sum + set.filters.length, 0),
    ),
  );
  const miniSets = sets
    .toSorted((a, b) => a.layer - b.layer)
    .map((set): MiniSet => {
      const appearances = classes.reduce((sum, steps) => sum + shared(set.steps, steps), 0);
      return { ...set, filters: Int32Array.from(set.filters), appearances };
    });
  return {
    query: QUERY,
    layers,
    // Positions in the run are not positions here.
    classes: classes.map((steps, i) => ({ class: 3 * i + 1, steps })),
    filters: Int32Array.from(filters),
    miniSets,
  };
}

/** Any, that fits a correlation. */
export function chanceOf({ filters, classes }: Correlation): Chance {
  const steps = new Set(classes.flatMap((each) => each.steps));
  const of = (value: (i: number) => number): number[] => Array.from(filters, (_, i) => value(i));
  return {
    iterations: steps.size,
    expected: Float32Array.from(of((i) => ((7 * i) % 5) + 0.5)),
    low: Int32Array.from(of((i) => (7 * i) % 5)),
    high: Int32Array.from(of((i) => ((7 * i) % 5) + 2)),
    p: Float32Array.from(of((i) => ((3 * i) % 8) / 8)),
    q: Float32Array.from(of((i) => ((3 * i) % 8) / 8)),
  };
}

export const correlations: fc.Arbitrary<Correlation> = fc
  .array(fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 8,
  })
  .chain((classes) => {
    const steps = [...new Set(classes.flat())];
    const own = fc.subarray(steps, { minLength: 1 });
    const sets = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 4 }), own), {
      minLength: 1,
      maxLength: 10,
    });
    return sets.map((drawn) => {
      const used = new Map<number, number>();
      const placed = drawn.map(([layer, size, at]) => {
        const first = used.get(layer) ?? 0;
        used.set(layer, first + size);
        const filters = Array.from({ length: size }, (_, i) => first + i);
        return { layer, filters, steps: at.map((step) => 100 * step).sort((a, b) => a - b) };
      });
      const ordered = classes.map((each) => each.map((s) => 100 * s).sort((a, b) => a - b));
      return correlationOf(placed, ordered);
    });
  });
