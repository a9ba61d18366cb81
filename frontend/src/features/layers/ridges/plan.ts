/** Ridge lines: how a layer's filters are distributed over the values of a measure, at some dumps. */
import { toX, type TimeScale } from '../../../axis/scale';
import { extent, toY, type ValueScale } from '../../../charts/values/scale';
import type { Step } from '../../../wire/units';
import type { Matrix } from '../matrix/plan';

/** The distribution at one dump. */
export interface Ridge {
  readonly step: Step;
  /** Column of the matrix. */
  readonly column: number;
  /** Where its line begins, in CSS pixels. */
  readonly x: number;
  /** Filters in each bin, smoothed: their sum is that of the filters that have a value on the axis. */
  readonly density: Float64Array;
  /** Filters whose value is 0 (or negative) on a logarithmic axis, which has no place for it. */
  readonly off: number;
}

export interface Ridges {
  readonly ridges: readonly Ridge[];
  /** Ends of the axis of values, as they are drawn; null without finite values. */
  readonly range: readonly [number, number] | null;
  /** Whether drawn values are decimal logarithms. */
  readonly isLog: boolean;
  /** CSS pixels of the longest line. */
  readonly width: number;
  /** The largest density, which is so long. */
  readonly highest: number;
}

export const BINS = 40;
/** From one ridge to the next at least, in CSS pixels, and how much of it a line may take. */
const PITCH = 56;
const REACH = 1.3;
/** Orders of magnitude below the largest value that are told apart at most. */
const DECADES = 12;
/** Spread of a filter over its bin and those beside it. */
const KERNEL = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16] as const;

/**
 * Ridges as close as they can be told apart, each of a dump, never a mean of several.
 *
 * @param steps of the columns, ascending
 */
export function planRidges(
  { values, rows, columns }: Matrix,
  steps: readonly Step[],
  scale: TimeScale,
  isLog: boolean,
): Ridges {
  const drawn = (value: number): number => (isLog ? (value > 0 ? Math.log10(value) : NaN) : value);
  const all = extent(isLog ? values.map(drawn) : values);
  const range = all && ([isLog ? Math.max(all[0], all[1] - DECADES) : all[0], all[1]] as const);
  if (!range) return { ridges: [], range, isLog, width: 0, highest: 1 };
  const hasValues = (column: number): boolean => {
    for (let row = 0; row < rows; row++) {
      if (Number.isFinite(values[row * columns + column])) return true;
    }
    return false;
  };
  const ridges = chosen(steps, scale, hasValues).map((column): Ridge => {
    const counts = new Float64Array(BINS);
    let off = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column] ?? NaN;
      if (!Number.isFinite(value)) continue;
      const place = drawn(value);
      if (Number.isNaN(place)) off++;
      else counts[binOf(range, place)] = (counts[binOf(range, place)] ?? 0) + 1;
    }
    const step = steps[column] ?? 0;
    return { step, column, x: toX(scale, step), density: smoothed(counts), off };
  });
  const highest = Math.max(...ridges.map(({ density }) => Math.max(...density)), Number.MIN_VALUE);
  return { ridges, range, isLog, width: PITCH * REACH, highest };
}

/** The bin of a drawn value. */
export function binOf([low, high]: readonly [number, number], value: number): number {
  const at = high > low ? ((value - low) / (high - low)) * BINS : BINS / 2;
  return Math.max(0, Math.min(BINS - 1, Math.floor(at)));
}

/**
 * A column in each stretch of the visible axis: the first with values, whose line has the rest of
 * the stretch as its room.
 */
function chosen(
  steps: readonly Step[],
  scale: TimeScale,
  hasValues: (column: number) => boolean,
): readonly number[] {
  const stretches = Math.max(1, Math.floor(scale.width / PITCH));
  const first = new Map<number, number>();
  for (let column = 0; column < steps.length; column++) {
    const x = toX(scale, steps[column] ?? 0);
    if (x < 0 || x > scale.width) continue;
    const stretch = Math.min(stretches - 1, Math.floor((x / scale.width) * stretches));
    if (!first.has(stretch) && hasValues(column)) first.set(stretch, column);
  }
  return [...first.values()];
}

/** Each count spread over its neighbours; at the ends, what would leave comes back. */
function smoothed(counts: Float64Array): Float64Array {
  const out = new Float64Array(BINS);
  counts.forEach((count, bin) => {
    KERNEL.forEach((share, i) => {
      const at = bin + i - 2;
      const back = at < 0 ? -1 - at : at >= BINS ? 2 * BINS - 1 - at : at;
      out[back] = (out[back] ?? 0) + share * count;
    });
  });
  return out;
}

/** The line of a ridge, from its lowest value to its highest and back along its dump. */
export function ridgePath(
  { x, density }: Ridge,
  { range, width, highest }: Ridges,
  y: ValueScale,
): string {
  const [low, high] = range ?? [0, 1];
  const round = (value: number): number => Math.round(value * 10) / 10;
  const at = (bin: number): number =>
    round(toY(y, high > low ? low + ((bin + 0.5) / BINS) * (high - low) : low));
  const line = Array.from(density, (count, bin) =>
    [round(x + (count / highest) * width), at(bin)].join(),
  );
  return `M${round(x)},${at(0)}L${line.join('L')}L${round(x)},${at(BINS - 1)}Z`;
}

/** The ridge whose stretch of the axis is under a position; null without any. */
export const ridgeAt = ({ ridges }: Ridges, x: number): Ridge | null =>
  ridges.findLast((ridge) => ridge.x <= x + 2) ?? ridges[0] ?? null;
