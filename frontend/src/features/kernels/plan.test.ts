import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { timeScale } from '../../axis/scale';
import { KERNEL_SIZE, kernelColors, kernelPixels, kernelPlaces, reachOf, readKernel } from './plan';

/** Red, green, blue and opacity of a pixel. */
const channels = (pixel = 0): readonly number[] => [
  pixel & 255,
  (pixel >> 8) & 255,
  (pixel >> 16) & 255,
  pixel >>> 24,
];

/** Two steps of two filters with one channel of 1 x 2 weights. */
const grey = {
  steps: [10, 20],
  shape: [1, 1, 2],
  filters: 2,
  values: new Float32Array([1, -1, 0, 0, 2, 0, NaN, 4]),
} as const;

describe('kernelPlaces', () => {
  it('shows in every place the step that is nearest to its middle, and none beyond the ends', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: -500, max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 0, max: 700 }),
        (some, from, length, width) => {
          const steps = [...some].sort((a, b) => a - b);
          const places = kernelPlaces(steps, timeScale(from, from + length, width));
          expect(places).toHaveLength(Math.floor(width / KERNEL_SIZE));
          places.forEach((place, i) => {
            const middle = from + (((i + 0.5) * KERNEL_SIZE) / width) * length;
            const distances = steps.map((step) => Math.abs(step - middle));
            if (place >= 0) expect(distances[place]).toBe(Math.min(...distances));
            else expect(middle < (steps[0] ?? 0) || middle > (steps.at(-1) ?? 0)).toBe(true);
          });
        },
      ),
    );
  });
});

describe('kernelColors', () => {
  it('is grey at 0 and light or dark at the largest weight of any step', () => {
    expect([reachOf(grey, 0), reachOf(grey, 1)]).toEqual([2, 4]);
    const at = (step: number, filter: number): readonly (readonly number[])[] =>
      [...kernelColors(grey, step, filter, reachOf(grey, filter))].map(channels);
    expect(at(0, 0)).toEqual([
      [191, 191, 191, 255],
      [64, 64, 64, 255],
    ]);
    expect(at(1, 0)[0]).toEqual([255, 255, 255, 255]);
    expect(at(0, 1)[0]).toEqual([128, 128, 128, 255]);
    expect(at(1, 1)).toEqual([
      [0, 0, 0, 0],
      [255, 255, 255, 255],
    ]);
  });

  it('takes three channels as red, green and blue', () => {
    const source = { ...grey, steps: [1], filters: 1, shape: [3, 1, 1] as const };
    const values = new Float32Array([1, 0, -1]);
    expect([...kernelColors({ ...source, values }, 0, 0, 1)].map(channels)).toEqual([
      [255, 128, 0, 255],
    ]);
  });
});

describe('readKernel', () => {
  it('says of which iteration the image is, and what its weights are', () => {
    // Four places, each of 5 iterations.
    const scale = timeScale(5, 25, 4 * KERNEL_SIZE);
    expect(readKernel(grey, 0, 13, scale)).toEqual([
      { label: 'filter 0, image of iteration', value: '10' },
      { label: 'weights', value: '−1 … 1' },
      { label: 'black and white at', value: '±2' },
    ]);
    expect(readKernel(grey, 1, 18, scale)[1]).toEqual({ label: 'weights', value: '4 … 4' });
    expect(readKernel({ ...grey, steps: [] }, 0, 13, scale)).toEqual([]);
  });
});

describe('kernelPixels', () => {
  it('draws each filter at each place, in the order asked for', () => {
    const places = Int32Array.of(0, -1, 1);
    const { width, height, pixels } = kernelPixels(grey, [1, 0], { from: 0, to: 2 }, places, 1);
    expect([width, height]).toEqual([3 * KERNEL_SIZE, 2 * KERNEL_SIZE]);
    const first = (row: number, place: number): number =>
      channels(pixels[row * KERNEL_SIZE * width + place * KERNEL_SIZE])[0] ?? -1;
    expect([first(0, 0), first(0, 1), first(0, 2)]).toEqual([128, 0, 0]);
    expect([first(1, 0), first(1, 1), first(1, 2)]).toEqual([191, 0, 255]);
    const last = pixels[(2 * KERNEL_SIZE - 1) * width + width - 1];
    expect(channels(last)[3]).toBe(0); // A gap between images.
  });
});
