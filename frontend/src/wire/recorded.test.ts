import { afterEach, expect, test, vi } from 'vitest';

const answers = {
  '["run",["run","a"]]': [0, 1, 200],
  '["suggested",["run","a"]]': [0, 0, 404],
  '["kernels",["run","a"]]': [1, 0, 200],
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const zip = async (text: string): Promise<string> => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
};

test('questions are answered by what the page brings along', async () => {
  const page = {
    made: '2026-01-02',
    rows: 5,
    parts: { kernels: ['columns'] },
    answers,
    images: { '["image",["id","7"],["run","a"]]': 'images/0.png' },
    take: undefined as ((file: number, answers: readonly string[]) => void) | undefined,
  };
  const files = [[await zip('{"error":"none"}'), await zip('{"run":"a"}')], [await zip('[1]')]];
  const asked: string[] = [];
  vi.stubGlobal('deeptrackerPage', page);
  vi.stubGlobal('document', {
    createElement: () => ({ remove: () => undefined }),
    head: {
      append: ({ src }: { src: string }) => {
        asked.push(src);
        const at = Number(/\d+/.exec(src)?.[0]);
        setTimeout(() => page.take?.(at, files[at] ?? []));
      },
    },
  });
  vi.resetModules();
  const { getJson } = await import('./http');
  const { NOT_HERE, recordedImage, recordedOn } = await import('./recorded');
  expect(recordedOn).toBe('2026-01-02');
  const two = await Promise.all([getJson('run', { run: 'a' }), getJson('run', { run: 'a' })]);
  expect(two).toEqual([{ run: 'a' }, { run: 'a' }]);
  expect(await getJson('kernels', { columns: '0:3', run: 'a' })).toEqual([1]);
  await expect(getJson('suggested', { run: 'a' })).rejects.toMatchObject({ message: 'none' });
  await expect(getJson('run', { run: 'b' })).rejects.toMatchObject({ message: NOT_HERE });
  expect(recordedImage({ run: 'a', id: 7 })).toBe('images/0.png');
  expect(recordedImage({ run: 'a', id: 8 })).toBeNull();
  expect(asked).toEqual(['data/0.js', 'data/1.js']);
});

test('a question is the same however it is asked', async () => {
  const { question } = await import('./recorded');
  const text = '["compare",["axis","x"],["runs","b\\"</script>"],["runs","a"]]';
  expect(question('compare', { runs: ['b"</script>', 'a'], axis: 'x' }, [])).toBe(text);
  expect(
    question('compare', { rows: '0:1', axis: 'x', runs: ['b"</script>', 'a'] }, ['rows']),
  ).toBe(text);
});
