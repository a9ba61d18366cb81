import type { PixelColumns } from '../../axis/scale';
import { colorOf, type Palette } from '../palette';

/**
 * One line of pixels that shows a sequence of error rates; a pixel that stands for
 * several validations shows their mean.
 *
 * @param rates float32[validations], NaN where nothing was evaluated
 * @returns uint32[pixels], transparent where there is no validation
 */
export function stripePixels(
  rates: Float32Array,
  columns: PixelColumns,
  palette: Palette,
): Uint32Array {
  const { first, end } = columns;
  const line = new Uint32Array(first.length);
  for (let x = 0; x < line.length; x++) {
    const from = first[x] ?? -1;
    if (from < 0) continue;
    let sum = 0;
    let count = 0;
    for (let i = from; i < (end[x] ?? 0); i++) {
      const rate = rates[i] ?? NaN;
      if (Number.isNaN(rate)) continue;
      sum += rate;
      count++;
    }
    line[x] = colorOf(palette, sum / count);
  }
  return line;
}
