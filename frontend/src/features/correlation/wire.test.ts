import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';

import { raw, write, type Entry } from '../../wire/fixtures';
import { correlation, miniSetFilters, type CorrelationParameters } from './wire';

const QUERY: CorrelationParameters = {
  window: 2,
  minScore: 0.5,
  topK: 3,
  measure: 'change',
  minAppearances: 4,
};

afterEach(() => {
  vi.unstubAllGlobals();
});

let asked: URLSearchParams;

function serve(entries: Record<string, Entry>): void {
  vi.stubGlobal('fetch', (url: string) => {
    asked = new URL(url, 'http://127.0.0.1').searchParams;
    return Promise.resolve(new Response(write(entries, '{}')));
  });
}

const int32 = (values: ArrayLike<number>): Entry => raw('I32', Int32Array.from(values));
const int64 = (values: readonly number[]): Entry => raw('I64', BigInt64Array.from(values, BigInt));
const starts = (lists: readonly ArrayLike<number>[]): Entry =>
  int32([0, ...lists.map((_, i) => lists.slice(0, i + 1).reduce((n, it) => n + it.length, 0))]);

const numbers = fc.array(fc.nat({ max: 1000 }), { maxLength: 4 });

test('what the arrays say of mini-sets and classes is read as it was', async () => {
  const classes = fc.array(fc.record({ class: fc.nat(), steps: numbers }));
  const miniSets = fc.array(
    fc.record({
      layer: fc.nat({ max: 9 }),
      filters: numbers.map((drawn) => Int32Array.from(drawn)),
      steps: numbers,
      appearances: fc.nat({ max: 9 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(classes, miniSets, numbers, async (own, sets, layers) => {
      const filters = Int32Array.from(layers.flatMap((layer) => own.map(() => layer)));
      serve({
        layer: int32(layers),
        class: int32(own.map((each) => each.class)),
        class_steps: int64(own.flatMap(({ steps }) => steps)),
        class_steps_start: starts(own.map(({ steps }) => steps)),
        filters: int32(filters),
        mini_set_layer: int32(sets.map(({ layer }) => layer)),
        mini_set_appearances: int32(sets.map(({ appearances }) => appearances)),
        mini_set_filters: int32(sets.flatMap((set) => [...set.filters])),
        mini_set_filters_start: starts(sets.map((set) => set.filters)),
        mini_set_steps: int64(sets.flatMap(({ steps }) => steps)),
        mini_set_steps_start: starts(sets.map(({ steps }) => steps)),
      });
      const read = await correlation({ run: 'a run' }, QUERY);
      expect(read).toEqual({ query: QUERY, layers, classes: own, filters, miniSets: sets });
    }),
  );
  expect(Object.fromEntries(asked)).toMatchObject({
    run: 'a run',
    window: '2',
    min_score: '0.5',
    top_k: '3',
    measure: 'change',
    min_appearances: '4',
  });
});

test('the filters of mini-sets have as many rows as they have, also without dumps', async () => {
  serve({ steps: int64([1, 2, 3]), values: raw('F32', new Float32Array(12)) });
  expect(await miniSetFilters({ run: 'run' }, QUERY, 100)).toMatchObject({
    steps: [1, 2, 3],
    rows: 4,
  });
  serve({ steps: int64([]), values: raw('F32', new Float32Array(0)) });
  expect(await miniSetFilters({ run: 'run' }, QUERY, 100)).toMatchObject({ steps: [], rows: 0 });
});
