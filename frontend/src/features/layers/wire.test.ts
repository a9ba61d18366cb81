import { afterEach, describe, expect, test, vi } from 'vitest';

import { raw, write, type Entry } from '../../wire/fixtures';
import { layerFilters } from './wire';

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
    const part = { dumps: [1, 8], maxColumns: 3 } as const;
    const blocks = await layerFilters('run', 'a', 'change', part, dumps);
    expect(blocks).toMatchObject({ block: [2, 3], steps: [15, 30, 40] });
    expect([...blocks.values]).toEqual([3, 4, 5]);
  });
});
