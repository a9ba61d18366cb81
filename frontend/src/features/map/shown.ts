/** How much is seen of each dot: what filters leave, what is selected elsewhere. */
import type { Selection } from '../../shell/selection';
import { clusterKind, classKind } from '../validation/api';
import { cellKind } from '../confusion/api';
import { sameRows } from './colors';
import type { Frame } from './wire';

export const FULL = 255;
/** What something else is more important than. */
const DIMMED = 70;
/** What a filter leaves out: it is still seen where it is. */
const FAINT = 26;
/** Of the 15 nearest images; with fewer on the map, a dot is not where it belongs. */
export const FEW_KEPT = 4;
/** Share of the images: those with the least margins, and those that moved most. */
const FEWEST = 0.1;

export interface Filters {
  readonly classes: readonly number[];
  readonly wrong: boolean;
  readonly flipped: boolean;
  readonly lowMargin: boolean;
  readonly moved: boolean;
}

/** The images that filters leave, 1 or 0 each. */
export function filtered(
  frame: Frame,
  before: Frame | null,
  changes: Uint8Array,
  filters: Filters,
): Uint8Array {
  const { label, predicted } = frame;
  const classes = new Set(filters.classes);
  const low = filters.lowMargin ? least(frame.margin.map(Math.abs)) : null;
  const far = filters.moved ? least(distances(frame, before).map((each) => -each)) : null;
  return Uint8Array.from(label, (each, i) => {
    const now = predicted[i] ?? -1;
    const isOut =
      (classes.size > 0 && !classes.has(each) && !classes.has(now)) ||
      (filters.wrong && (now === each || now < 0)) ||
      (filters.flipped && (changes[i] ?? 4) > 1) ||
      low?.[i] === 0 ||
      far?.[i] === 0;
    return Number(!isOut);
  });
}

/** Which values are among the smallest tenth, 1 or 0 each; NaN is not. */
export function least(values: Float32Array): Uint8Array {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  const limit = known[Math.ceil(FEWEST * known.length) - 1] ?? -Infinity;
  return Uint8Array.from(values, (value) => Number(value <= limit));
}

function distances(frame: Frame, before: Frame | null): Float32Array {
  if (!before || !sameRows(frame, before)) return new Float32Array(frame.x.length).fill(NaN);
  return frame.x.map((x, i) =>
    Math.hypot(x - (before.x[i] ?? NaN), (frame.y[i] ?? NaN) - (before.y[i] ?? NaN)),
  );
}

/** The images that something selected is about, 1 or 0 each; null if it is about none of the map. */
export function about(
  frame: Frame,
  selection: Selection | null,
  classesOfCluster: (cluster: number) => readonly number[],
): Uint8Array | null {
  const { label, predicted } = frame;
  if (classKind.is(selection)) return marked(label, (each) => each === selection.class);
  if (clusterKind.is(selection)) {
    const classes = new Set(classesOfCluster(selection.cluster));
    return marked(label, (each) => classes.has(each));
  }
  if (cellKind.is(selection)) {
    return marked(
      label,
      (each, i) => each === selection.label && predicted[i] === selection.predicted,
    );
  }
  return null;
}

const marked = (label: Int32Array, is: (label: number, dot: number) => boolean): Uint8Array =>
  Uint8Array.from(label, (each, i) => Number(is(each, i)));

/**
 * Strength of each dot, 0 to 255.
 *
 * @param left what filters leave
 * @param lit what the selection is about; null: nothing is
 * @param dim whether dots are dimmed whose neighbours the map does not keep
 */
export function strengthsOf(
  { kept }: Frame,
  left: Uint8Array,
  lit: Uint8Array | null,
  dim: boolean,
  neighbours = 15,
): Uint8Array {
  return left.map((isLeft, i) => {
    if (isLeft === 0) return FAINT;
    if (lit?.[i] === 0) return DIMMED;
    const isLost = dim && (kept[i] ?? 0) * neighbours < FEW_KEPT - 0.5;
    return isLost ? DIMMED : FULL;
  });
}
