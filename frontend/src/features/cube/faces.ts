/** The pixels of the two faces along the iterations; the third is the correlation's grid. */
import { pixelColumns, toX, type TimeScale as Scale } from '../../axis/scale';
import { colorOf, type Palette } from '../../charts/palette';
import type { ErrorRates } from '../validation/api';
import type { Grid, MiniSetFilters } from '../correlation/api';
import { colorPosition, type ColorScale } from '../layers/api';

/**
 * The front: a stripe of pixels an anomaly filter. A pixel that stands for several filters
 * or dumps shows the value that is largest in magnitude: what stands out is never averaged away.
 */
export function frontPixels(
  grid: Grid,
  filters: MiniSetFilters,
  across: Scale,
  down: Scale,
  colors: ColorScale,
  palette: Palette,
): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(down.width)];
  const { first, end } = pixelColumns(filters.steps, across, width);
  const n = filters.steps.length;
  const extreme = new Float32Array(width * height).fill(NaN);
  for (const set of grid.sets) {
    const each = (set.to - set.from) / set.filters.length;
    for (let j = 0; j < set.filters.length; j++) {
      const a = toX(down, set.from + j * each);
      const b = toX(down, set.from + (j + 1) * each);
      if (b <= 0 || a >= height) continue;
      const top = Math.max(0, Math.floor(a + 1e-6));
      const bottom = Math.min(height, Math.max(top + 1, Math.floor(b + 1e-6)));
      const start = (set.row + j) * n;
      for (let x = 0; x < width; x++) {
        const from = first[x] ?? -1;
        if (from < 0) continue;
        let value = NaN;
        for (let i = from; i < (end[x] ?? 0); i++) {
          value = larger(filters.values[start + i] ?? NaN, value);
        }
        for (let y = top; y < bottom; y++) {
          extreme[y * width + x] = larger(value, extreme[y * width + x] ?? NaN);
        }
      }
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    if ((first[i % width] ?? -1) < 0) continue;
    pixels[i] = colorOf(palette, colorPosition(colors, extreme[i] ?? NaN));
  }
  return pixels;
}

/** The larger in magnitude; a number rather than NaN. */
const larger = (value: number, than: number): number =>
  Number.isNaN(than) || Math.abs(value) > Math.abs(than) ? value : than;

/**
 * The top: a stripe of error rates a class, the first class at the bottom edge that the
 * front shares, which is the first line here. Pixels that stand for several show their mean.
 */
export function topPixels(
  grid: Grid,
  rates: ErrorRates,
  across: Scale,
  deep: Scale,
  palette: Palette,
): Uint32Array {
  const [width, height] = [Math.round(across.width), Math.round(deep.width)];
  const { first, end } = pixelColumns(rates.steps, across, width);
  const n = rates.steps.length;
  const sum = new Float32Array(width * height);
  const count = new Uint16Array(width * height);
  for (const column of grid.columns) {
    const [a, b] = [toX(deep, column.from), toX(deep, column.to)];
    if (b <= 0 || a >= height) continue;
    const top = Math.max(0, Math.floor(a + 1e-6));
    const bottom = Math.min(height, Math.max(top + 1, Math.floor(b + 1e-6)));
    const start = column.class * n;
    for (let x = 0; x < width; x++) {
      const from = first[x] ?? -1;
      if (from < 0) continue;
      let [total, known] = [0, 0];
      for (let i = from; i < (end[x] ?? 0); i++) {
        const rate = rates.classes[start + i] ?? NaN;
        if (Number.isNaN(rate)) continue;
        total += rate;
        known++;
      }
      if (known === 0) continue;
      for (let y = top; y < bottom; y++) {
        const i = y * width + x;
        sum[i] = (sum[i] ?? 0) + total / known;
        count[i] = (count[i] ?? 0) + 1;
      }
    }
  }
  return Uint32Array.from(sum, (total, i) =>
    (first[i % width] ?? -1) < 0 ? 0 : colorOf(palette, total / (count[i] ?? 0)),
  );
}
