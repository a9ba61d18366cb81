import { bisectCenter, ticks } from 'd3-array';

import type { Step } from '../wire/units';
import { along, stepAlong, type Course } from './course';

/** Maps iterations to horizontal positions; one object for all charts of the screen. */
export interface TimeScale {
  readonly from: number;
  readonly to: number;
  /** Width of the plot in CSS pixels. */
  readonly width: number;
  /** What distances are in proportion to, if not to iterations; it rises. */
  readonly course?: Course | null;
}

export function timeScale(
  from: number,
  to: number,
  width: number,
  course: Course | null = null,
): TimeScale {
  return { from, to: to > from ? to : from + 1, width, course };
}

/** An iteration in what distances are in proportion to. */
const placeOf = (course: Course | null | undefined, step: number): number =>
  course ? along(course, step) : step;

export function toX({ from, to, width, course }: TimeScale, step: number): number {
  const [start, end] = [placeOf(course, from), placeOf(course, to)];
  return ((placeOf(course, step) - start) / (end - start)) * width;
}

export function toStep({ from, to, width, course }: TimeScale, x: number): number {
  const [start, end] = [placeOf(course, from), placeOf(course, to)];
  const place = start + (x / width) * (end - start);
  return course ? stepAlong(course, place) : place;
}

/**
 * Borders of the columns that stand for `steps`: halfway to the neighbours, and as
 * far beyond the first and the last.
 *
 * @param steps ascending
 * @returns one more border than there are steps; none without steps
 */
export function columnEdges(steps: readonly Step[]): Float64Array {
  const n = steps.length;
  if (n === 0) return new Float64Array();
  const at = (i: number): number => steps[i] ?? 0;
  const edges = new Float64Array(n + 1);
  for (let i = 1; i < n; i++) edges[i] = (at(i - 1) + at(i)) / 2;
  edges[0] = n > 1 ? at(0) - (at(1) - at(0)) / 2 : at(0) - 0.5;
  edges[n] = n > 1 ? at(n - 1) + (at(n - 1) - at(n - 2)) / 2 : at(0) + 0.5;
  return edges;
}

/** The stretch that shows all columns of all sequences; null if there is no step at all. */
export function extentOfColumns(
  ...sequences: readonly (readonly Step[])[]
): readonly [number, number] | null {
  const edges = sequences.map(columnEdges).filter((each) => each.length > 0);
  if (edges.length === 0) return null;
  return [
    Math.min(...edges.map((each) => each[0] ?? 0)),
    Math.max(...edges.map((each) => each.at(-1) ?? 0)),
  ];
}

/** Position of the step nearest to `step`; -1 without steps. */
export function nearest(steps: readonly Step[], step: number): number {
  return steps.length === 0 ? -1 : bisectCenter(steps as readonly number[] as number[], step);
}

/**
 * The value at the step nearest to `step`; NaN where there is none yet: farther before the first,
 * or behind the last, than half the way to its neighbour.
 */
export function valueNear(steps: readonly Step[], values: ArrayLike<number>, step: number): number {
  const i = nearest(steps, step);
  const own = steps[i] ?? NaN;
  const neighbour = steps[step > own ? i - 1 : i + 1] ?? own;
  const isBeyond = i === (step > own ? steps.length - 1 : 0);
  const isNear = step === own || !isBeyond || Math.abs(step - own) <= Math.abs(own - neighbour) / 2;
  return isNear ? (values[i] ?? NaN) : NaN;
}

/**
 * For every pixel, the columns it stands for: those whose middle lies in it, or, where
 * columns are wider than pixels, the one under the pixel's middle. So no column is
 * ever left out, and no border between wide columns is blurred.
 */
export interface PixelColumns {
  /** First column of each pixel; -1 where there is none. */
  readonly first: Int32Array;
  /** Behind the last column of each pixel. */
  readonly end: Int32Array;
}

/**
 * @param steps ascending
 * @param pixels number of device pixels over the scale's width
 */
export function pixelColumns(
  steps: readonly Step[],
  scale: TimeScale,
  pixels: number,
): PixelColumns {
  const first = new Int32Array(pixels).fill(-1);
  const end = new Int32Array(pixels);
  const edges = columnEdges(steps);
  const perStep = pixels / (scale.to - scale.from);
  const toPixel = (step: number): number =>
    scale.course ? toX(scale, step) * (pixels / scale.width) : (step - scale.from) * perStep;
  let column = 0;
  for (let x = 0; x < pixels; x++) {
    const middle = x + 0.5;
    while (column < steps.length && toPixel(edges[column + 1] ?? 0) <= middle) column++;
    if (column < steps.length && toPixel(edges[column] ?? 0) <= middle) {
      first[x] = column;
      end[x] = column + 1;
    }
  }
  for (let i = 0; i < steps.length; i++) {
    const x = Math.floor(toPixel(((edges[i] ?? 0) + (edges[i + 1] ?? 0)) / 2));
    if (x < 0 || x >= pixels) continue;
    const from = first[x] ?? -1;
    first[x] = from < 0 ? i : Math.min(from, i);
    end[x] = Math.max(end[x] ?? 0, i + 1);
  }
  return { first, end };
}

/** Round iterations to write along the axis. */
export function stepTicks(scale: TimeScale, spacing = 90): readonly number[] {
  const count = Math.max(2, Math.floor(scale.width / spacing));
  return ticks(scale.from, scale.to, count).filter((step) => step >= 0 && Number.isInteger(step));
}
