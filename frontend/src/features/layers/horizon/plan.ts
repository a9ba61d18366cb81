import type { PixelColumns } from '../../../axis/scale';
import type { HorizonPalette } from '../../../charts/colormaps';

/** Where a horizon graph begins, and which way it goes from there. */
export interface HorizonAxis {
  readonly base: number;
  /** The distance from the base that fills all bands. */
  readonly reach: number;
  /** Whether there is something above the base, and below it. */
  readonly up: boolean;
  readonly down: boolean;
}

/**
 * The axis of values between two ends: from 0, on the sides that have values. Logarithms begin at
 * their lower end, as their 0 means nothing.
 */
export function horizonAxis([low, high]: readonly [number, number], isLog: boolean): HorizonAxis {
  if (isLog) return { base: low, reach: high - low, up: true, down: false };
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return { base: 0, reach, up: high > 0 || low >= 0, down: low < 0 };
}

/** The ends of an axis in words: "0 … 0.12", "−0.3 … 0 … 0.3". */
export function horizonRange(
  { base, reach, up, down }: HorizonAxis,
  format: (value: number) => string,
): string {
  return [...(down ? [base - reach] : []), base, ...(up ? [base + reach] : [])]
    .map(format)
    .join(' … ');
}

/**
 * A horizon graph: the area between the values and the axis' base, cut into bands of equal height
 * that are laid over each other, the outer ones darker. Values below the base hang upwards in
 * a colour of their own.
 *
 * A pixel that stands for several dumps shows their mean.
 *
 * @param values float32[dumps]; nothing is drawn where they are not finite
 * @param lines height in device pixels
 * @returns uint32[lines * pixels]
 */
export function horizonPixels(
  values: ArrayLike<number>,
  columns: PixelColumns,
  { base, reach }: HorizonAxis,
  bands: number,
  lines: number,
  palette: HorizonPalette,
): Uint32Array {
  const { first, end } = columns;
  const width = first.length;
  const pixels = new Uint32Array(lines * width);
  for (let x = 0; x < width; x++) {
    const value = meanOf(values, first[x] ?? -1, end[x] ?? 0) - base;
    if (!Number.isFinite(value) || !(reach > 0)) continue;
    const colors = value < 0 ? palette.negative : palette.positive;
    const filled = Math.min(bands, (Math.abs(value) / reach) * bands);
    // The band that is partly filled, over the whole one below it.
    const band = Math.min(bands - 1, Math.floor(filled));
    const height = Math.round((filled - band) * lines);
    for (let y = 0; y < lines; y++) {
      const shown = y < height ? band : band - 1;
      if (shown < 0) continue;
      const line = value < 0 ? y : lines - 1 - y;
      pixels[line * width + x] = colors[shown] ?? 0;
    }
  }
  return pixels;
}

/** Mean of the finite values [from, to); NaN without any. */
function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  if (from < 0) return NaN;
  let [sum, count] = [0, 0];
  for (let i = from; i < to; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
