import { toX, type TimeScale } from '../../../axis/scale';
import { toY, type ValueScale } from '../../../charts/values/scale';
import type { Step } from '../../../wire/units';

/** The five numbers of a box plot at each dump: float32[dumps] each. */
export interface FiveNumbers {
  readonly min: Float32Array;
  readonly q1: Float32Array;
  readonly median: Float32Array;
  readonly q3: Float32Array;
  readonly max: Float32Array;
}

/** A box with whiskers, for one dump or several that lie too close for a box each. */
export interface Box {
  /** Middle and width of the box in CSS pixels. */
  readonly x: number;
  readonly width: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
  /** How many dumps it stands for. */
  readonly dumps: number;
}

const MIN_PITCH = 9;
const MAX_WIDTH = 14;
const ALONE = { at: 0, of: 1 } as const;

/**
 * Boxes as close as they can be told apart. One that stands for several dumps has
 * whiskers to their extremes, and the means of their quartiles and medians. Dumps with
 * numbers that are not finite are left out.
 *
 * @param place where among several runs' boxes, which stand beside each other, and of how many
 */
export function planBoxes(
  steps: readonly Step[],
  numbers: FiveNumbers,
  scale: TimeScale,
  place: { readonly at: number; readonly of: number } = ALONE,
): readonly Box[] {
  const { min, q1, median, q3, max } = numbers;
  const inside: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    const x = toX(scale, steps[i] ?? 0);
    const all = [min, q1, median, q3, max].every((each) => Number.isFinite(each[i]));
    if (all && x >= -MIN_PITCH && x <= scale.width + MIN_PITCH) inside.push(i);
  }
  const slots = Map.groupBy(inside, (i) =>
    Math.floor(toX(scale, steps[i] ?? 0) / (MIN_PITCH * place.of)),
  );
  const pitch = (scale.width / Math.max(1, inside.length) / place.of) * 0.7;
  const width = Math.min(MAX_WIDTH, Math.max(MIN_PITCH - 3, pitch));
  const aside = (place.at - (place.of - 1) / 2) * (width + 2);
  return [...slots.values()].map((dumps): Box => {
    const mean = (of: (i: number) => number): number =>
      dumps.reduce((sum, i) => sum + of(i), 0) / dumps.length;
    return {
      x: mean((i) => toX(scale, steps[i] ?? 0)) + aside,
      width,
      min: Math.min(...dumps.map((i) => min[i] ?? NaN)),
      q1: mean((i) => q1[i] ?? NaN),
      median: mean((i) => median[i] ?? NaN),
      q3: mean((i) => q3[i] ?? NaN),
      max: Math.max(...dumps.map((i) => max[i] ?? NaN)),
      dumps: dumps.length,
    };
  });
}

/** Paths of the whiskers with the boxes, and of the medians. */
export function boxPaths(
  boxes: readonly Box[],
  y: ValueScale,
): { whiskers: string; boxes: string; medians: string } {
  const at = (value: number): number => round(toY(y, value));
  const paths = { whiskers: '', boxes: '', medians: '' };
  for (const { x, width, min, q1, median, q3, max } of boxes) {
    const [middle, left, right] = [round(x), round(x - width / 2), round(x + width / 2)];
    paths.whiskers += `M${middle},${at(max)}V${at(q3)}M${middle},${at(q1)}V${at(min)}`;
    paths.boxes += `M${left},${at(q3)}H${right}V${at(q1)}H${left}Z`;
    paths.medians += `M${left},${at(median)}H${right}`;
  }
  return paths;
}

const round = (value: number): number => Math.round(value * 100) / 100;
