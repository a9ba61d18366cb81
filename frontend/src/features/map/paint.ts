/** Onto the canvases: dots pixel by pixel, and what is predicted between them. */
import { scaleOf, toScreen, type Size, type Window } from './place';
import { FORMS, stampDots, stampsOf, type Dots } from './stamps';
import type { Raster } from './regions';

/** Stamps of the radii in use. */
const kept = new Map<number, ReturnType<typeof stampsOf>[]>();

function stampsFor(radius: number): ReturnType<typeof stampsOf>[] {
  const fine = Math.round(radius * 10) / 10;
  const found = kept.get(fine) ?? FORMS.map((form) => stampsOf(form, fine));
  if (kept.size > 8) kept.clear();
  kept.set(fine, found);
  return found;
}

/**
 * @param dots places in CSS pixels
 * @param edge colour around them; null for none
 */
export function paintDots(
  canvas: HTMLCanvasElement,
  size: Size,
  ratio: number,
  radius: number,
  dots: Dots,
  edge: number | null = null,
): void {
  const context = sized(canvas, size, ratio);
  if (!context) return;
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const across = (values: ArrayLike<number>): ArrayLike<number> =>
    ratio === 1 ? values : Float32Array.from(values, (value) => value * ratio);
  const scaled = { ...dots, x: across(dots.x), y: across(dots.y) };
  if (edge !== null) {
    const colors = new Uint32Array(dots.colors.length).fill(edge);
    const wide = stampsFor((radius + 1) * ratio);
    stampDots(pixels, canvas.width, wide, { ...scaled, colors });
  }
  stampDots(pixels, canvas.width, stampsFor(radius * ratio), scaled);
  context.putImageData(image, 0, 0);
}

/** @param extent of the raster on the map: least x and y, largest x and y */
export function paintRegions(
  canvas: HTMLCanvasElement,
  size: Size,
  ratio: number,
  raster: Raster | null,
  extent: readonly number[],
  window: Window,
): void {
  const context = sized(canvas, size, ratio);
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!raster) return;
  const small = document.createElement('canvas');
  small.width = raster.width;
  small.height = raster.height;
  const data = new ImageData(
    new Uint8ClampedArray(raster.pixels.buffer),
    raster.width,
    raster.height,
  );
  small.getContext('2d')?.putImageData(data, 0, 0);
  const [left = 0, top = 0, right = 0, bottom = 0] = extent;
  const [x, y] = toScreen(left, top, window, size);
  const scale = scaleOf(window, size) * ratio;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, x * ratio, y * ratio, (right - left) * scale, (bottom - top) * scale);
}

function sized(
  canvas: HTMLCanvasElement,
  { width, height }: Size,
  ratio: number,
): CanvasRenderingContext2D | null {
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  return canvas.getContext('2d');
}
