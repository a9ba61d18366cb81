import fc from 'fast-check';
import { expect, test } from 'vitest';

import { IDENTITY } from './affine';
import { shortened, shortenedStart, spread, withRoom } from './labels';
import type { Scene } from './shapes';
import { toSvg } from './svg';

const scene: Scene = {
  width: 200,
  height: 100,
  background: '#ffffff',
  base: [
    {
      kind: 'raster',
      raster: { pixels: Uint32Array.of(1, 2), width: 2, height: 1 },
      matrix: { ...IDENTITY, b: 0.5 },
    },
    {
      kind: 'text',
      at: { x: 1, y: 2 },
      text: 'a < "b" & \u0000',
      color: '#000',
      size: 11,
      anchor: 'end',
    },
    {
      kind: 'lines',
      lines: [
        [
          { x: 0, y: 0 },
          { x: 1.5, y: 2 },
        ],
      ],
      stroke: { color: '#00f', width: 1, dash: [4, 2] },
    },
  ],
  lit: [
    {
      kind: 'polygons',
      polygons: [
        [
          { x: 0, y: 0 },
          { x: 9, y: 0 },
          { x: 9, y: 9 },
        ],
      ],
      fill: '#f00',
    },
  ],
};

test('a file has every shape, text as text, and what is lit over the others', () => {
  const svg = toSvg(scene, ({ pixels }) => `data:${pixels.length}`);
  expect(svg).toContain(
    '<image width="2" height="1" transform="matrix(1 0.5 0 1 0 0)" href="data:2"/>',
  );
  expect(svg).toContain('text-anchor="end" fill="#000">a &lt; &quot;b&quot; &amp; \ufffd</text>');
  expect(svg).toContain('<path d="M0 0L1.5 2" fill="none" stroke="#00f"');
  expect(svg).toContain('stroke-dasharray="4 2"');
  expect(svg).toMatch(/stroke-dasharray="4 2".*\n<path d="M0 0L9 0L9 9Z" fill="#f00"/);
});

test('labels get room in the order of their weight, and lie in that of their place', () => {
  const labels = [
    { at: 0, text: 'a', weight: 1 },
    { at: 5, text: 'b', weight: 3 },
    { at: 14, text: 'c', weight: 2 },
    { at: 20, text: 'd', weight: 2 },
  ];
  expect(withRoom(labels, 9).map(({ text }) => text)).toEqual(['b', 'c']);
  expect(withRoom(labels, 6).map(({ text }) => text)).toEqual(['b', 'c', 'd']);
  expect(shortened('layer4.0.downsample.0', 60, 11)).toMatch(/^layer4.*…$/);
  expect(shortened('fc', 60, 11)).toBe('fc');
  // Wide characters need more room, and none is cut in half.
  expect(shortened('w'.repeat(10_000), 60, 11)).toBe('wwww…');
  expect(shortened('😀'.repeat(20), 60, 11)).toBe('😀😀😀😀…');
});

test('of a name that has no room the end is kept', () => {
  expect(shortenedStart('layer4.0.downsample.0', 60, 11)).toMatch(/^….*ple\.0$/);
  expect(shortenedStart('fc', 60, 11)).toBe('fc');
});

test('labels that are spread are apart, in order, within their axis and near their places', () => {
  const places = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(places, fc.double({ min: 2, max: 20, noNaN: true }), (all, gap) => {
      const labels = all.map((at, i) => ({ at, text: String(i), weight: i % 3, from: at }));
      const found = spread(labels, gap, 100);
      expect(found).toHaveLength(Math.min(all.length, Math.floor(100 / gap)));
      found.forEach(({ at, from }, i) => {
        expect(at).toBeGreaterThanOrEqual(gap / 2 - 1e-9);
        expect(at).toBeLessThanOrEqual(100 - gap / 2 + 1e-9);
        const before = found[i - 1];
        if (before) {
          expect(at - before.at).toBeGreaterThanOrEqual(gap - 1e-9);
          expect(from).toBeGreaterThanOrEqual(before.from);
        }
      });
      // Those that stand alone stay where they are.
      const isAlone = found.every(
        ({ from }, i) =>
          from >= gap / 2 && from <= 100 - gap / 2 && from - (found[i - 1]?.from ?? -100) >= gap,
      );
      if (isAlone) found.forEach(({ at, from }) => expect(at).toBeCloseTo(from, 9));
    }),
  );
});
