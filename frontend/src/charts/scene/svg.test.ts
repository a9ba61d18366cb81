import { expect, test } from 'vitest';

import { IDENTITY } from './affine';
import { shortened, withRoom } from './labels';
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
  lit: {
    veiled: [
      [
        { x: 0, y: 0 },
        { x: 9, y: 0 },
        { x: 9, y: 9 },
      ],
    ],
    revealed: [],
    top: [],
  },
};

test('a file has every shape, text as text, and what is lit shown once more', () => {
  const svg = toSvg(scene, ({ pixels }) => `data:${pixels.length}`);
  expect(svg).toContain(
    '<image width="2" height="1" transform="matrix(1 0.5 0 1 0 0)" href="data:2"/>',
  );
  expect(svg).toContain('text-anchor="end" fill="#000">a &lt; &quot;b&quot; &amp; \ufffd</text>');
  expect(svg).toContain('<path d="M0 0L1.5 2" fill="none" stroke="#00f"');
  expect(svg).toContain('stroke-dasharray="4 2"');
  expect(svg).toContain('d="M0 0L9 0L9 9Z" fill="#ffffff" fill-opacity');
  expect(svg).toContain('<use href="#base" clip-path="url(#lit)"/>');
  expect(toSvg({ ...scene, lit: null }, () => '')).not.toContain('<use');
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
