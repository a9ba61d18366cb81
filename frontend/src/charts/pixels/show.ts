/** Pixels, as a canvas can show them. */
export interface Raster {
  /** uint32[height * width], RGBA by byte. */
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
}

/** Puts a raster on a canvas, which becomes as large as it is; CSS says how large it is shown. */
export function showPixels(canvas: HTMLCanvasElement, { pixels, width, height }: Raster): void {
  canvas.width = width;
  canvas.height = height;
  const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
}
