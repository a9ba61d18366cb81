import { afterEach, describe, expect, test, vi } from 'vitest';

import { raw, write, type Entry } from '../../wire/fixtures';
import { distributions, kernels, layerFilters } from './wire';

afterEach(() => {
  vi.unstubAllGlobals();
});

const int64 = (steps: readonly number[]): Entry => raw('I64', BigInt64Array.from(steps, BigInt));
const float32 = (values: readonly number[], shape = [values.length]): Entry => ({
  ...raw('F32', Float32Array.from(values)),
  shape,
});

/** Answers every request by what its address asks for. */
function serve(answer: (query: URLSearchParams) => ArrayBuffer): void {
  vi.stubGlobal('fetch', (url: string) =>
    Promise.resolve(new Response(answer(new URL(url, 'http://127.0.0.1').searchParams))),
  );
}

describe('distributions', () => {
  test('end where the shortest of their answers ends', async () => {
    const dumps: Record<string, number> = { weight_q3: 3, weight_max: 5 };
    serve((query) => {
      const n = dumps[query.get('stat') ?? ''] ?? 4;
      const steps = Array.from({ length: n }, (_, i) => 10 * i);
      // Two nodes: 0, 1, 2, ... and 100, 101, 102, ...
      const values = [0, 100].flatMap((first) => steps.map((_, i) => first + i));
      const header = JSON.stringify({ stat: query.get('stat'), nodes: ['', 'conv1'] });
      return write({ steps: int64(steps), values: float32(values) }, header);
    });
    const found = await distributions('run', 'weight');
    expect(found.steps).toEqual([0, 10, 20]);
    for (const name of ['min', 'q1', 'median', 'q3', 'max'] as const) {
      expect([...found[name]]).toEqual([0, 1, 2, 100, 101, 102]);
    }
  });
});

describe('the filters of a layer', () => {
  const dumps = [5, 10, 15, 20, 25, 30, 35, 40];

  test('have the dumps as columns, or blocks of them with the one in their middle', async () => {
    serve(() => {
      const steps = int64([15, 20]);
      return write({ steps, values: float32([1, 2]) }, '{"layer": "a", "measure": "change"}');
    });
    const plain = await layerFilters('run', 'a', 'change', null, dumps);
    expect(plain).toMatchObject({ block: [1, 1], steps: [15, 20] });
    expect([...plain.values]).toEqual([1, 2]);

    serve((query) => {
      expect([query.get('columns'), query.get('max_columns')]).toEqual(['1:8', '3']);
      // The second to the last dump, three to a block; the last block has but one.
      const steps = int64([10, 25, 40]);
      return write({ steps, mean: float32([3, 4, 5]) }, '{"block": [2, 3]}');
    });
    const window = { dumps: [1, 8], maxColumns: 3 } as const;
    const blocks = await layerFilters('run', 'a', 'change', window, dumps);
    expect(blocks).toMatchObject({ block: [2, 3], steps: [15, 30, 40] });
    expect([...blocks.values]).toEqual([3, 4, 5]);
  });

  test('as images have the shape of the weights', async () => {
    serve(() =>
      write({ steps: int64([5]), values: float32(Array(24).fill(1), [1, 2, 3, 2, 2]) }, '{}'),
    );
    expect(await kernels('run', [0, 1], 1)).toMatchObject({ filters: 2, shape: [3, 2, 2] });
  });
});
