import type { TimeScale as Scale } from '../../axis/scale';
import { toX } from '../../axis/scale';
import { shadeOfUnits } from '../../charts/expected';
import { colorOf, mix, pack, type Palette } from '../../charts/palette';
import { lineAt, type Column, type Grid, type SetRow, type Span } from './grid';

/** Share of a line's room that a mark takes, so that neighbours stay apart. */
const MARK_WIDTH = 0.7;
/** Opacity of a mark, and of the line of its mini-set; the cell's colour is seen through both. */
const MARK = 0.6;
const LINE = 0.25;
/** Opacity of a mark in a row of few pixels, where many marks would be a grey of their own. */
const THIN = 0.25;
/** What is there is always seen, however little of a pixel it fills. */
const MIN_SHADE = 0.06;
/** Mini-sets with fewer pixels have no line of their own: it would fill them. */
const LINE_FROM = 3;

export interface GridColors {
  readonly background: string;
  /** Of the marks of mini-sets. */
  readonly mark: string;
  /** Of the totals. */
  readonly bar: string;
  /** From fewer filters than expected to more. */
  readonly cells: Palette;
}

/** The grid as pixels of a face: uint32[height * width]. */
export function gridPixels(
  grid: Grid,
  across: Scale,
  down: Scale,
  colors: GridColors,
): Uint32Array {
  const pixels = cells(grid, across, down, colors);
  if (grid.detail === 'advanced') drawMarks(pixels, grid, across, down, colors);
  return pixels;
}

/**
 * A cell's colour is what it has against what is expected; a pixel of several cells shows the one
 * that is farthest from it.
 */
function cells(grid: Grid, across: Scale, down: Scale, colors: GridColors): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const columns = grid.columns.length;
  const lines: (Float32Array | undefined)[] = [];
  grid.groups.forEach((group, row) => {
    const far = new Float32Array(width);
    grid.columns.forEach((column, x) => {
      const own = grid.cells[row * columns + x]?.units ?? 0;
      const [from, to] = pixelRange(across, column, width);
      for (let i = from; i < to; i++) far[i] = farther(own, far[i] ?? 0);
    });
    const [top, bottom] = pixelRange(down, group, height);
    for (let y = top; y < bottom; y++) {
      const before = lines[y];
      lines[y] = before ? far.map((own, x) => farther(own, before[x] ?? 0)) : far;
    }
  });
  const neutral = colorOf(colors.cells, shadeOfUnits(0));
  const pixels = new Uint32Array(width * height).fill(neutral);
  // Most lines of pixels are those of one row of cells.
  const painted = new Map<Float32Array, Uint32Array>();
  lines.forEach((units, y) => {
    if (!units) return;
    let line = painted.get(units);
    if (!line) {
      line = new Uint32Array(width);
      for (let x = 0; x < width; x++) {
        line[x] = colorOf(colors.cells, shadeOfUnits(units[x] ?? 0));
      }
      painted.set(units, line);
    }
    pixels.set(line, y * width);
  });
  return pixels;
}

const farther = (a: number, b: number): number => (Math.abs(a) > Math.abs(b) ? a : b);

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
function drawMarks(
  pixels: Uint32Array,
  grid: Grid,
  across: Scale,
  down: Scale,
  colors: GridColors,
): void {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const shades = new Float32Array(width * height);
  for (const set of grid.sets) {
    const [a, b] = [toX(down, set.from), toX(down, set.to)];
    if (b <= 0 || a >= height) continue;
    const { coverage, first, end, touched } = coverageOf(grid, set, across, width);
    const line = b - a >= LINE_FROM && touched > 1 ? LINE : 0;
    const middle = Math.floor((a + b) / 2);
    for (let y = Math.max(0, Math.floor(a)); y < Math.min(height, Math.ceil(b)); y++) {
      // Rows of many pixels are sharp, thinner ones share theirs by how much they fill.
      const share = Math.min(1, Math.min(y + 1, b) - Math.max(y, a));
      const weight = b - a >= LINE_FROM ? Math.round(share) : share;
      for (let x = first; x < end; x++) {
        const i = y * width + x;
        const mark = (b - a >= LINE_FROM ? MARK : THIN) * weight * (coverage[x] ?? 0);
        shades[i] = Math.max((shades[i] ?? 0) + mark, y === middle ? line : 0);
      }
    }
  }
  const mark = channelsOf(colors.mark);
  shades.forEach((shade, i) => {
    if (shade > 0) {
      pixels[i] = blended(pixels[i] ?? 0, mark, Math.min(MARK, Math.max(MIN_SHADE, shade)));
    }
  });
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

/** A pixel with a share of another colour over it. */
function blended(pixel: number, over: readonly number[], share: number): number {
  const channel = (shift: number, to: number): number => {
    const from = (pixel >> shift) & 255;
    return from + share * (to - from);
  };
  const [r = 0, g = 0, b = 0] = over;
  return pack([channel(0, r), channel(8, g), channel(16, b)]);
}

const channelsOf = (hex: string): readonly number[] => mix([hex, hex], 0);
