import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { pixelColumns, timeScale } from '../../axis/scale';
import { errorPalette } from '../palette';
import { chartPixels, matrixSource, pixelArea } from './plan';

const palette = errorPalette('light');
const color = (value: number): number =>
  palette[Number.isNaN(value) ? 256 : Math.round(value * 255)] ?? 0;

function columnsOf(n: number, pixels: number) {
  const steps = Array.from({ length: n }, (_, i) => i);
  return pixelColumns(steps, timeScale(-0.5, n - 0.5, pixels), pixels);
}

describe('a pixel chart', () => {
  test('shows every value as a rectangle of pixels', () => {
    const values = Float32Array.of(0, 1, NaN, 1, 0, 0.5);
    const columns = columnsOf(3, 6);
    const rows = { from: 0, to: 2 };
    const pixels = chartPixels(matrixSource(values, 3), [1, 0], rows, columns, 4, palette);
    const line = (y: number): number[] => [...pixels.slice(y * 6, y * 6 + 6)];
    const [wrong, correct, missing, half] = [color(1), color(0), color(NaN), color(0.5)];
    for (const y of [0, 1]) expect(line(y)).toEqual([wrong, wrong, correct, correct, half, half]);
    for (const y of [2, 3]) {
      expect(line(y)).toEqual([correct, correct, wrong, wrong, missing, missing]);
    }
  });

  test('shows the mean where a line stands for several rows', () => {
    const rows = fc.array(fc.constantFrom(0, 1, NaN), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 60 }), (values, lines) => {
        fc.pre(lines <= values.length && values.length % lines === 0);
        const perLine = values.length / lines;
        const order = values.map((_, i) => values.length - 1 - i);
        const window = { from: 0, to: values.length };
        const source = matrixSource(Float32Array.from(values), 1);
        const pixels = chartPixels(source, order, window, columnsOf(1, 1), lines, palette);
        for (let y = 0; y < lines; y++) {
          const here = order
            .slice(y * perLine, (y + 1) * perLine)
            .map((row) => values[row] ?? NaN)
            .filter((value) => !Number.isNaN(value));
          const mean = here.reduce((a, b) => a + b, 0) / here.length;
          expect(pixels[y]).toBe(color(mean));
        }
      }),
    );
  });

  test('leaves no row out when it is zoomed out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 97 }), fc.nat(96), (count, at) => {
        fc.pre(at < count);
        const values = new Float32Array(count);
        values[at] = 1;
        const lines = Math.max(1, Math.floor(count / 3));
        const window = { from: 0, to: count };
        const order = Array.from(values, (_, i) => i);
        const source = matrixSource(values, 1);
        const pixels = chartPixels(source, order, window, columnsOf(1, 1), lines, palette);
        expect([...pixels].filter((pixel) => pixel !== color(0))).toHaveLength(1);
      }),
    );
  });

  test('draws only its window of rows', () => {
    const values = Float32Array.of(0, 1, 0.5, 0);
    const window = { from: 0.5, to: 2.5 };
    const order = [0, 1, 2, 3];
    const pixels = chartPixels(matrixSource(values, 1), order, window, columnsOf(1, 1), 4, palette);
    expect([...pixels]).toEqual([0, 1, 1, 0.5].map(color));
  });

  test('is transparent beyond the rows and columns there are', () => {
    const columns = pixelColumns([0], timeScale(-0.5, 1.5, 2), 2);
    const source = matrixSource(Float32Array.of(1), 1);
    const pixels = chartPixels(source, [0], { from: -1, to: 2 }, columns, 3, palette);
    expect([...pixels]).toEqual([0, 0, color(1), 0, 0, 0]);
  });

  test('has a line for each row in sight, or as many as there are pixels', () => {
    expect(pixelArea(0, 200, 4, 50, 2)).toEqual({ rows: { from: 0, to: 50 }, lines: 50 });
    expect(pixelArea(10, 31, 4, 50, 1)).toEqual({ rows: { from: 2, to: 8 }, lines: 6 });
    expect(pixelArea(512, 1024, 0.25, 5000, 2)).toEqual({
      rows: { from: 2048, to: 4096 },
      lines: 1024,
    });
  });
});
