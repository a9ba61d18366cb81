/**
 * Puts pixels on a canvas, which becomes as large as they are; CSS says how large it is shown.
 *
 * @param pixels uint32[height * width]
 */
export function showPixels(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  pixels: Uint32Array,
): void {
  canvas.width = width;
  canvas.height = height;
  const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
}
