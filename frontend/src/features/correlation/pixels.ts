import type { TimeScale as Scale } from '../../axis/scale';
import { toX } from '../../axis/scale';
import { colorOf, mix, pack, type Palette } from '../../charts/palette';
import { lineAt, type Column, type Grid, type SetRow, type Span } from './grid';

/** Share of a line's room that a mark takes, so that neighbours stay apart. */
const MARK_WIDTH = 0.7;
/** What is there is always seen, however little of a pixel it fills. */
const MIN_SHADE = 0.3;
/** Mini-sets with fewer pixels have no line of their own: it would fill them. */
const LINE_FROM = 3;

export interface GridColors {
  readonly background: string;
  readonly mark: string;
  /** The line of a mini-set. */
  readonly line: string;
  /** From one filter to the most of any cell. */
  readonly counts: Palette;
}

/** The grid as pixels of a face: uint32[height * width]. */
export function gridPixels(
  grid: Grid,
  across: Scale,
  down: Scale,
  colors: GridColors,
): Uint32Array {
  return grid.detail === 'abstract'
    ? cells(grid, across, down, colors)
    : marks(grid, across, down, colors);
}

/** Largest number of anomaly filters in a cell. */
export const maxFilters = (grid: Grid): number =>
  grid.counts.reduce((max, count) => Math.max(max, count), 1);

/** Darkness of a count; a root, so that few differ from none and from many. */
export const countShade = (count: number, max: number): number => Math.sqrt(count / max);

/** A cell's colour is its number of filters; a pixel of several cells shows the most of them. */
function cells(grid: Grid, across: Scale, down: Scale, colors: GridColors): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const pixels = new Uint32Array(width * height).fill(pack(mix([colors.background], 0)));
  const max = maxFilters(grid);
  const columns = grid.columns.length;
  grid.groups.forEach((group, row) => {
    const counts = new Int32Array(width);
    grid.columns.forEach((column, x) => {
      const count = grid.counts[row * columns + x] ?? 0;
      const [from, to] = pixelRange(across, column, width);
      for (let i = from; i < to; i++) counts[i] = Math.max(counts[i] ?? 0, count);
    });
    const [top, bottom] = pixelRange(down, group, height);
    for (let x = 0; x < width; x++) {
      const count = counts[x] ?? 0;
      if (count === 0) continue;
      const color = colorOf(colors.counts, countShade(count, max));
      for (let y = top; y < bottom; y++) pixels[y * width + x] = color;
    }
  });
  return pixels;
}

/** The pixels that a span fills, at least one if any of it is on screen. */
function pixelRange(scale: Scale, { from, to }: Span, pixels: number): readonly [number, number] {
  const [a, b] = [toX(scale, from), toX(scale, to)];
  if (b <= 0 || a >= pixels) return [0, 0];
  const [first, end] = [Math.max(0, Math.round(a)), Math.min(pixels, Math.round(b))];
  const middle = Math.min(pixels - 1, Math.max(0, Math.floor((a + b) / 2)));
  return end > first ? [first, end] : [middle, middle + 1];
}

/**
 * A mini-set is a line from the first class it appears with to the last, a rectangle on it
 * each of its marks. A pixel that stands for several mini-sets or iterations shows which share
 * of it their rectangles fill.
 */
function marks(grid: Grid, across: Scale, down: Scale, colors: GridColors): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const filled = new Float32Array(width * height);
  const lines = new Float32Array(width * height);
  for (const set of grid.sets) {
    const [a, b] = [toX(down, set.from), toX(down, set.to)];
    if (b <= 0 || a >= height) continue;
    const { coverage, first, end, touched } = coverageOf(grid, set, across, width);
    const opacity = 0.15 + 0.6 * Math.sqrt(touched / grid.columns.length);
    const middle = Math.floor((a + b) / 2);
    for (let y = Math.max(0, Math.floor(a)); y < Math.min(height, Math.ceil(b)); y++) {
      // Rows of many pixels are sharp, thinner ones share theirs by how much they fill.
      const share = Math.min(1, Math.min(y + 1, b) - Math.max(y, a));
      const weight = b - a >= LINE_FROM ? Math.round(share) : share;
      for (let x = first; x < end; x++) {
        const i = y * width + x;
        filled[i] = (filled[i] ?? 0) + weight * (coverage[x] ?? 0);
        if (b - a < LINE_FROM ? touched > 1 : y === middle) {
          lines[i] = Math.max(lines[i] ?? 0, opacity * Math.min(1, b - a));
        }
      }
    }
  }
  const shades = rampOf([colors.background, colors.line]);
  const blues = (under: number): Uint32Array =>
    (mixed[under] ??= rampOf([cssOf(shades[under] ?? 0), colors.mark]));
  const mixed: Uint32Array[] = [];
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const under = Math.round((lines[i] ?? 0) * 255);
    const share = Math.min(1, filled[i] ?? 0);
    pixels[i] =
      share > 0
        ? (blues(under)[Math.round((MIN_SHADE + (1 - MIN_SHADE) * share) * 255)] ?? 0)
        : (shades[under] ?? 0);
  }
  return pixels;
}

interface Coverage {
  /** Share of each pixel of a line that marks fill. */
  readonly coverage: Float32Array;
  /** The pixels from the first class that is touched to the last. */
  readonly first: number;
  readonly end: number;
  /** Number of classes. */
  readonly touched: number;
}

function coverageOf(grid: Grid, set: SetRow, across: Scale, width: number): Coverage {
  const coverage = new Float32Array(width);
  let [first, end, touched] = [width, 0, 0];
  for (const column of grid.columns) {
    if (!column.at.some((place) => set.at[place])) continue;
    touched++;
    const [a, b] = [toX(across, column.from), toX(across, column.to)];
    first = Math.min(first, Math.max(0, Math.floor(a)));
    end = Math.max(end, Math.min(width, Math.ceil(b)));
    if (b <= 0 || a >= width) continue;
    column.at.forEach((place, k) => {
      if (set.at[place]) cover(coverage, ...markEnds(across, column, k));
    });
  }
  return { coverage, first, end: Math.max(first, end), touched };
}

/** Where a mark begins and ends in pixels; sharp where it is wide enough. */
export function markEnds(across: Scale, column: Column, k: number): readonly [number, number] {
  const room = (toX(across, column.to) - toX(across, column.from)) / column.steps.length;
  const middle = toX(across, lineAt(column, k));
  if (room < 3) return [middle - room / 2, middle + room / 2];
  const from = Math.round(middle - (MARK_WIDTH * room) / 2);
  return [from, Math.max(from + 1, Math.round(middle + (MARK_WIDTH * room) / 2))];
}

function cover(coverage: Float32Array, from: number, to: number): void {
  for (let x = Math.max(0, Math.floor(from)); x < Math.min(coverage.length, Math.ceil(to)); x++) {
    coverage[x] = (coverage[x] ?? 0) + Math.min(x + 1, to) - Math.max(x, from);
  }
}

const rampOf = (stops: readonly string[]): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, i) => pack(mix(stops, i / 255)));

const cssOf = (packed: number): string =>
  `#${[packed & 255, (packed >> 8) & 255, (packed >> 16) & 255]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}`;
