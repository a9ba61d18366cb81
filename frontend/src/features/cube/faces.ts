/** The pixels of the two faces along the iterations; the third is the correlation's grid. */
import { pixelColumns, toX, type TimeScale as Scale } from '../../axis/scale';
import { colorOf, type Palette } from '../../charts/palette';
import type { ErrorRates } from '../validation/api';
import type { Grid, MiniSetFilters } from '../correlation/api';

/** How values become colours: shares of the way from one end of the range to the other. */
export interface ValueRange {
  readonly signed: boolean;
  /** Exponents of ten for values that are never negative, else the values themselves. */
  readonly low: number;
  readonly high: number;
}

/** Shares of the values that lie beyond either end of the colours: what is small differs by chance. */
const BELOW = 0.05;
const ABOVE = 0.002;
/**
 * Smaller magnitudes have the colour of the least. Rounding to float32 alone turns a filter by up
 * to 2^-24, a change of 2e-15; ten times the angle is a hundred times the change.
 */
const NOISE_DECADE = -12.7;

/** The range of nearly all finite values, above rounding noise; magnitudes by their order of magnitude, as they span many. */
export function valueRange(values: Float32Array): ValueRange {
  const step = Math.max(1, Math.floor(values.length / 50_000));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] ?? NaN;
    if (Number.isFinite(value)) sample.push(value);
  }
  sample.sort((a, b) => a - b);
  const signed = (sample[0] ?? 0) < 0;
  if (signed) {
    const high = Math.max(Math.abs(sample[0] ?? 0), Math.abs(sample.at(-1) ?? 0)) || 1;
    return { signed, low: -high, high };
  }
  const positive = sample.filter((value) => value > 0);
  const at = (share: number): number =>
    Math.log10(positive[Math.round(share * (positive.length - 1))] ?? 1);
  const high = at(1 - ABOVE);
  return { signed, low: Math.min(high - 1, Math.max(NOISE_DECADE, at(BELOW))), high };
}

/** 0 to 1; NaN for what is missing. */
export function shadeOf(value: number, { signed, low, high }: ValueRange): number {
  if (Number.isNaN(value)) return NaN;
  const at = signed ? value : value > 0 ? Math.log10(value) : low;
  return Math.min(1, Math.max(0, (at - low) / (high - low)));
}

/**
 * The front: a stripe of pixels an anomaly filter. A pixel that stands for several filters
 * or dumps shows the value that is largest in magnitude: what stands out is never averaged away.
 */
export function frontPixels(
  grid: Grid,
  filters: MiniSetFilters,
  across: Scale,
  down: Scale,
  range: ValueRange,
  palette: Palette,
): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const { first, end } = pixelColumns(filters.steps, across, width);
  const n = filters.steps.length;
  const extreme = new Float32Array(width * height).fill(NaN);
  for (const set of grid.sets) {
    const each = (set.to - set.from) / set.filters.length;
    for (let j = 0; j < set.filters.length; j++) {
      const a = toX(down, set.from + j * each);
      const b = toX(down, set.from + (j + 1) * each);
      if (b <= 0 || a >= height) continue;
      const top = Math.max(0, Math.floor(a + 1e-6));
      const bottom = Math.min(height, Math.max(top + 1, Math.floor(b + 1e-6)));
      const start = (set.row + j) * n;
      for (let x = 0; x < width; x++) {
        const from = first[x] ?? -1;
        if (from < 0) continue;
        let value = NaN;
        for (let i = from; i < (end[x] ?? 0); i++) {
          value = larger(filters.values[start + i] ?? NaN, value);
        }
        for (let y = top; y < bottom; y++) {
          extreme[y * width + x] = larger(value, extreme[y * width + x] ?? NaN);
        }
      }
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    if ((first[i % width] ?? -1) < 0) continue;
    pixels[i] = colorOf(palette, shadeOf(extreme[i] ?? NaN, range));
  }
  return pixels;
}

/** The larger in magnitude; a number rather than NaN. */
const larger = (value: number, than: number): number =>
  Number.isNaN(than) || Math.abs(value) > Math.abs(than) ? value : than;

/**
 * The top: a stripe of error rates a class, the first class at the bottom edge that the
 * front shares, which is the first line here. Pixels that stand for several show their mean.
 */
export function topPixels(
  grid: Grid,
  rates: ErrorRates,
  across: Scale,
  deep: Scale,
  palette: Palette,
): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(deep.width)];
  const { first, end } = pixelColumns(rates.steps, across, width);
  const n = rates.steps.length;
  const sum = new Float32Array(width * height);
  const count = new Uint16Array(width * height);
  for (const column of grid.columns) {
    const [a, b] = [toX(deep, column.from), toX(deep, column.to)];
    if (b <= 0 || a >= height) continue;
    const top = Math.max(0, Math.floor(a + 1e-6));
    const bottom = Math.min(height, Math.max(top + 1, Math.floor(b + 1e-6)));
    const start = column.class * n;
    for (let x = 0; x < width; x++) {
      const from = first[x] ?? -1;
      if (from < 0) continue;
      let [total, known] = [0, 0];
      for (let i = from; i < (end[x] ?? 0); i++) {
        const rate = rates.classes[start + i] ?? NaN;
        if (Number.isNaN(rate)) continue;
        total += rate;
        known++;
      }
      if (known === 0) continue;
      for (let y = top; y < bottom; y++) {
        const i = y * width + x;
        sum[i] = (sum[i] ?? 0) + total / known;
        count[i] = (count[i] ?? 0) + 1;
      }
    }
  }
  return Uint32Array.from(sum, (total, i) =>
    (first[i % width] ?? -1) < 0 ? 0 : colorOf(palette, total / (count[i] ?? 0)),
  );
}
