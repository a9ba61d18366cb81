/** What is predicted between the dots, as pixels: pale where it is not clear, or nothing lies near. */
import { packed, type ClassColors } from './colors';
import type { Background, Frame } from './wire';

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array<ArrayBuffer>;
}

const STRONGEST = 0.34;
const WEAK = 0.14;
/** Cells from the nearest dot up to which a region is drawn in full, and where it ends. */
const NEAR = 2;
const FAR = 7;

/** @param strong whether the colours are those of the dots too */
export function regions(
  data: Background,
  frame: Frame,
  classes: ClassColors,
  strong: boolean,
): Raster {
  const { cells, predicted, margin } = data;
  const distance = toDots(data, frame);
  const clear = clearMargin(margin);
  const known = new Map<number, number>();
  const pixels = Uint32Array.from(predicted, (index, i) => {
    if (!classes.has(index)) return 0;
    const color = known.get(index) ?? packed(classes.css(index));
    known.set(index, color);
    const [column, row] = [i % cells, Math.floor(i / cells)];
    // Nothing is known beyond the cells: there it ends softly too.
    const inside = Math.min(column, row, cells - 1 - column, cells - 1 - row) / NEAR;
    const near = Math.min(1, inside, Math.max(0, (FAR - (distance[i] ?? FAR)) / (FAR - NEAR)));
    const sure = Math.min(1, Math.max(0, (margin[i] ?? 0) / clear));
    const alpha = Math.round(255 * (strong ? STRONGEST : WEAK) * near * (0.12 + 0.88 * sure));
    return ((color & 0xffffff) | (alpha << 24)) >>> 0;
  });
  return { width: cells, height: cells, pixels };
}

/** The margin from which on a prediction is drawn as clear: the usual one. */
function clearMargin(margin: Float32Array): number {
  const known = margin.filter((value) => !Number.isNaN(value)).sort();
  return (known[Math.floor(known.length / 2)] ?? 1) || 1;
}

/** For each cell, about how many cells the nearest dot is away. */
export function toDots({ cells, extent }: Background, { x, y }: Frame): Float32Array {
  const [left = 0, top = 0, right = 1, bottom = 1] = extent;
  const distance = new Float32Array(cells * cells).fill(cells);
  x.forEach((each, i) => {
    const column = Math.floor(((each - left) / (right - left)) * cells);
    const row = Math.floor((((y[i] ?? NaN) - top) / (bottom - top)) * cells);
    if (column >= 0 && row >= 0 && column < cells && row < cells)
      distance[row * cells + column] = 0;
  });
  // Twice over the cells, forwards and back, each from its neighbours.
  const pull = (at: number, column: number, row: number, by: number): void => {
    for (const [dx, dy, cost] of [
      [by, 0, 1],
      [0, by, 1],
      [by, by, Math.SQRT2],
      [-by, by, Math.SQRT2],
    ] as const) {
      if (column + dx < 0 || column + dx >= cells || row + dy < 0 || row + dy >= cells) continue;
      const other = (distance[(row + dy) * cells + column + dx] ?? cells) + cost;
      if (other < (distance[at] ?? cells)) distance[at] = other;
    }
  };
  for (let at = 0; at < distance.length; at++) pull(at, at % cells, Math.floor(at / cells), -1);
  for (let at = distance.length - 1; at >= 0; at--) pull(at, at % cells, Math.floor(at / cells), 1);
  return distance;
}

interface Plate {
  readonly text: string;
  readonly left: number;
  readonly top: number;
}

const LETTER = 7.5;
const LINE = 16;
const LONGEST = 16;

/** Names that do not run into each other, nor over their length: the first ones stay. */
export function apart(plates: readonly Plate[]): readonly Plate[] {
  const kept: Plate[] = [];
  for (const plate of plates) {
    const { text } = plate;
    const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    const isHidden = kept.some(
      (other) =>
        Math.abs(other.top - plate.top) < LINE &&
        Math.abs(other.left - plate.left) < (LETTER * (other.text.length + short.length)) / 2,
    );
    if (!isHidden) kept.push({ ...plate, text: short });
  }
  return kept;
}

/** Where a name stands: the median of the dots that are predicted as each class. */
export function nameplates(
  frame: Frame,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): ReadonlyMap<number, readonly [number, number]> {
  const hasPredictions = frame.predicted.some((each) => each >= 0);
  const source = hasPredictions ? frame.predicted : frame.label;
  const dots = Map.groupBy(
    Array.from(source, (_, i) => i).filter((i) => !Number.isNaN(x[i] ?? NaN)),
    (i) => source[i] ?? -1,
  );
  const middle = (values: ArrayLike<number>, of: readonly number[]): number =>
    Float64Array.from(of, (i) => values[i] ?? NaN).sort()[of.length >> 1] ?? NaN;
  return new Map(
    [...dots]
      .filter(([index]) => index >= 0)
      .sort((a, b) => b[1].length - a[1].length)
      .map(([index, of]) => [index, [middle(x, of), middle(y, of)]]),
  );
}
