import { afterEach, expect, test, vi } from 'vitest';

import { raw, write, type Entry } from '../../wire/fixtures';
import { kernels } from './wire';

afterEach(() => {
  vi.unstubAllGlobals();
});

const int64 = (steps: readonly number[]): Entry => raw('I64', BigInt64Array.from(steps, BigInt));
const float32 = (values: readonly number[], shape = [values.length]): Entry => ({
  ...raw('F32', Float32Array.from(values)),
  shape,
});

test('kernels have the shape of the weights', async () => {
  vi.stubGlobal('fetch', () => {
    const entries = { steps: int64([5]), values: float32(Array(24).fill(1), [1, 2, 3, 2, 2]) };
    return Promise.resolve(new Response(write(entries, '{"rows": [0, 2]}')));
  });
  const found = await kernels('run', [0, 1], 1);
  expect(found).toMatchObject({ filters: 2, shape: [3, 2, 2] });
});
