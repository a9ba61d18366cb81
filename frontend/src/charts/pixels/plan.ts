import type { PixelColumns } from '../axis/scale';
import { colorOf, type Palette } from '../palette';
import type { ImageIndex } from '../../wire/units';

const WRONG = 0;
const CORRECT = 1;
const MAX_HEIGHT = 480;
const MAX_ROW_HEIGHT = 10;

/** Correctness of a class's images: uint8[images, validations], 0 wrong, 1 correct, 2 not evaluated. */
export interface Correctness {
  readonly correct: Uint8Array;
  readonly images: number;
  readonly validations: number;
}

/** What one image went through. */
export interface History {
  /** Validation from which on it is never wrong again; the number of validations if never. */
  readonly learnedAt: number;
  /** Changes between wrong and correct, over what was not evaluated. */
  readonly flips: number;
  readonly wrong: number;
  readonly evaluated: number;
}

export function history(data: Correctness, image: ImageIndex): History {
  const { correct, validations } = data;
  const start = image * validations;
  let [learnedAt, flips, wrong, evaluated] = [validations, 0, 0, 0];
  let before = -1;
  for (let j = 0; j < validations; j++) {
    const now = correct[start + j] ?? 2;
    if (now !== WRONG && now !== CORRECT) continue;
    evaluated++;
    if (now === WRONG) {
      wrong++;
      learnedAt = validations;
    } else if (learnedAt === validations) {
      learnedAt = j;
    }
    if (before >= 0 && before !== now) flips++;
    before = now;
  }
  return { learnedAt, flips, wrong, evaluated };
}

/** Images in the order in which they are learned for good; ties: fewer errors first. */
export function byTimeLearned(data: Correctness): readonly ImageIndex[] {
  const histories = Array.from({ length: data.images }, (_, i) => history(data, i));
  const key = (i: number): History => histories[i] ?? history(data, i);
  return histories
    .map((_, i): ImageIndex => i)
    .sort((a, b) => key(a).learnedAt - key(b).learnedAt || key(a).wrong - key(b).wrong || a - b);
}

/** How the rows lie: `height` in CSS pixels for all, `perLine` images to a CSS pixel. */
export interface RowLayout {
  readonly height: number;
  readonly rowHeight: number;
}

export function rowLayout(images: number): RowLayout {
  const rowHeight = Math.min(MAX_ROW_HEIGHT, Math.max(1, Math.floor(MAX_HEIGHT / images / 2)));
  const height = Math.min(MAX_HEIGHT, images * rowHeight);
  return { height, rowHeight: height / Math.max(1, images) };
}

/**
 * The pixel chart: a row an image, a column a validation. A pixel that stands for
 * several of them shows the share that is wrong, never one picked out.
 *
 * @param lines height in device pixels
 * @returns uint32[lines * pixels]
 */
export function chartPixels(
  data: Correctness,
  order: readonly ImageIndex[],
  columns: PixelColumns,
  lines: number,
  palette: Palette,
): Uint32Array {
  const { correct, validations } = data;
  const { first, end } = columns;
  const width = first.length;
  const pixels = new Uint32Array(lines * width);
  let copied = -1;
  for (let y = 0; y < lines; y++) {
    const top = Math.floor((y * order.length) / lines);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * order.length) / lines));
    // Lines that show the same single image as the one above are copied from it.
    if (bottom === top + 1 && copied === top) {
      pixels.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    copied = bottom === top + 1 ? top : -1;
    for (let x = 0; x < width; x++) {
      const from = first[x] ?? -1;
      if (from < 0) continue;
      const to = end[x] ?? 0;
      let wrong = 0;
      let evaluated = 0;
      for (let row = top; row < bottom; row++) {
        const start = (order[row] ?? 0) * validations;
        for (let j = from; j < to; j++) {
          const value = correct[start + j];
          if (value === WRONG) wrong++;
          if (value === WRONG || value === CORRECT) evaluated++;
        }
      }
      pixels[y * width + x] = colorOf(palette, wrong / evaluated);
    }
  }
  return pixels;
}
