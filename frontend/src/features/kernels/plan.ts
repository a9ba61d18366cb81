/** The filters of a first layer as the small images they are: a row a filter, a column a moment. */
import { columnEdges, nearest, toStep, toX, type TimeScale } from '../../axis/scale';
import { formatStep, formatValue } from '../../charts/format';
import { pack } from '../../charts/palette';
import type { RowRange } from '../../charts/pixels/plan';
import type { Raster } from '../../charts/pixels/show';
import type { Reading } from '../../charts/readout/plan';
import { extent } from '../../charts/values/scale';
import type { Step } from '../../wire/units';

/** CSS pixels from one image to the next, across and down. */
export const KERNEL_SIZE = 24;
const GAP = 2;

/** What was logged of the filters, at some iterations. */
export interface KernelSource {
  readonly steps: readonly Step[];
  /** Channels, height and width of a filter; 1 channel is grey, 3 are red, green and blue. */
  readonly shape: readonly [number, number, number];
  readonly filters: number;
  /** float32[steps, filters, ...shape], NaN where there is none */
  readonly values: Float32Array;
}

/** Which of the steps is shown in each of the places across a chart; -1 where none was logged. */
export function kernelPlaces(steps: readonly Step[], scale: TimeScale): Int32Array {
  const edges = columnEdges(steps);
  const [first, end] = [edges[0] ?? Infinity, edges.at(-1) ?? -Infinity];
  return Int32Array.from({ length: Math.floor(scale.width / KERNEL_SIZE) }, (_, i) => {
    const step = toStep(scale, (i + 0.5) * KERNEL_SIZE);
    return step >= first && step <= end ? nearest(steps, step) : -1;
  });
}

/** The largest finite weight of a filter in magnitude, over all steps: its images share a scale. */
export function reachOf({ steps, shape, filters, values }: KernelSource, filter: number): number {
  const size = shape[0] * shape[1] * shape[2];
  let reach = 0;
  for (let step = 0; step < steps.length; step++) {
    const start = (step * filters + filter) * size;
    for (let i = start; i < start + size; i++) {
      const magnitude = Math.abs(values[i] ?? NaN);
      if (magnitude > reach && magnitude < Infinity) reach = magnitude;
    }
  }
  return reach;
}

/**
 * The image of a filter under an iteration's place: of which iteration it is, its weights there, and
 * what is black and white.
 */
export function readKernel(
  source: KernelSource,
  filter: number,
  step: Step,
  scale: TimeScale,
): readonly Reading[] {
  const place = Math.floor(toX(scale, step) / KERNEL_SIZE);
  const at = kernelPlaces(source.steps, scale)[place] ?? -1;
  if (at < 0) return [];
  const size = source.shape[0] * source.shape[1] * source.shape[2];
  const start = (at * source.filters + filter) * size;
  const range = extent(source.values.subarray(start, start + size));
  return [
    { label: `filter ${filter}, image of iteration`, value: formatStep(source.steps[at] ?? 0) },
    ...(range
      ? [{ label: 'weights', value: `${formatValue(range[0])} … ${formatValue(range[1])}` }]
      : []),
    { label: 'black and white at', value: `±${formatValue(reachOf(source, filter))}` },
  ];
}

/**
 * The colours of a filter: a weight of 0 is the middle grey, of `reach` full light, of
 * `-reach` none.
 *
 * @returns uint32[height * width]; transparent where a weight is missing
 */
export function kernelColors(
  { shape, filters, values }: KernelSource,
  step: number,
  filter: number,
  reach: number,
): Uint32Array {
  const [channels, height, width] = shape;
  const area = height * width;
  const start = (step * filters + filter) * channels * area;
  const light = (channel: number, i: number): number => {
    const value = values[start + Math.min(channel, channels - 1) * area + i] ?? NaN;
    return 127.5 * (1 + Math.min(1, Math.max(-1, value / (reach || 1))));
  };
  return Uint32Array.from({ length: area }, (_, i) => {
    const color = [light(0, i), light(1, i), light(2, i)] as const;
    return color.some(Number.isNaN) ? 0 : pack(color);
  });
}

/**
 * Images of some filters side by side.
 *
 * @param order filters from top to bottom
 * @param rows which places of the order
 * @param places steps from left to right, -1 for none
 * @param pixelRatio device pixels to a CSS pixel
 */
export function kernelPixels(
  source: KernelSource,
  order: readonly number[],
  rows: RowRange,
  places: Int32Array,
  pixelRatio: number,
): Raster {
  const cell = Math.round(KERNEL_SIZE * pixelRatio);
  const side = cell - Math.round(GAP * pixelRatio);
  const [, height, width] = source.shape;
  const across = places.length * cell;
  const pixels = new Uint32Array(across * cell * (rows.to - rows.from));
  for (let row = rows.from; row < rows.to; row++) {
    const filter = order[row] ?? 0;
    const reach = reachOf(source, filter);
    places.forEach((step, place) => {
      if (step < 0) return;
      const colors = kernelColors(source, step, filter, reach);
      const corner = (row - rows.from) * cell * across + place * cell;
      for (let y = 0; y < side; y++) {
        const line = Math.floor((y * height) / side) * width;
        for (let x = 0; x < side; x++) {
          pixels[corner + y * across + x] = colors[line + Math.floor((x * width) / side)] ?? 0;
        }
      }
    });
  }
  return { width: across, height: cell * (rows.to - rows.from), pixels };
}
