import { afterEach, describe, expect, test, vi } from 'vitest';

import { getJson, getTensors } from './http';
import { float32 } from './safetensors';
import { raw, write } from './fixtures';

afterEach(() => {
  vi.unstubAllGlobals();
});

const answering = (answer: () => Promise<Response>): ReturnType<typeof vi.fn<typeof fetch>> => {
  const fetched = vi.fn<typeof fetch>(answer);
  vi.stubGlobal('fetch', fetched);
  return fetched;
};
const failing = (body: string, status: number, statusText = ''): unknown =>
  answering(() => Promise.resolve(new Response(body, { status, statusText })));

describe('a request', () => {
  test('asks with an address that any path prefix may stand before', async () => {
    const fetched = answering(() => Promise.resolve(Response.json([1])));
    expect(await getJson('runs', {})).toEqual([1]);
    expect(await getJson('run', { run: 'a b/&é', k: 2 })).toEqual([1]);
    expect(fetched.mock.calls.map(([url]) => url)).toEqual(['runs', 'run?run=a+b%2F%26%C3%A9&k=2']);
  });

  test('tells a parameter of several values once for each, whatever these hold', async () => {
    const fetched = answering(() => Promise.resolve(Response.json([1])));
    await getJson('compare', { runs: ['a,b/c d', 'x&runs=y'], axis: 'epochs' });
    const url = 'compare?runs=a%2Cb%2Fc+d&runs=x%26runs%3Dy&axis=epochs';
    expect(fetched.mock.calls.map(([asked]) => asked)).toEqual([url]);
  });

  test('for tensors gives them and the answer beside them', async () => {
    const values = Float32Array.of(1, NaN);
    answering(() => Promise.resolve(new Response(write({ a: raw('F32', values) }, '{"k":4}'))));
    const { answer, file } = await getTensors('clusters', {});
    expect(answer).toEqual({ k: 4 });
    expect(float32(file, 'a')).toEqual(values);
  });

  test("fails with the server's own words, or with its status", async () => {
    failing('{"error": "no run named \\"x\\""}', 404);
    await expect(getJson('run', {})).rejects.toMatchObject({
      message: 'no run named "x"',
      status: 404,
    });
    for (const body of ['<h1>Bad gateway</h1>', '"error"', 'null', '{}']) {
      failing(body, 502, 'Bad Gateway');
      await expect(getJson('run', {})).rejects.toMatchObject({
        message: 'The server answered 502 Bad Gateway',
        status: 502,
      });
    }
  });

  test('says that nobody answers, but not of a request that was given up', async () => {
    const error = new TypeError('Failed to fetch');
    answering(() => Promise.reject(error));
    await expect(getJson('run', {})).rejects.toThrow('Is it still running?');
    await expect(getJson('run', {}, AbortSignal.abort())).rejects.toBe(error);
  });
});
