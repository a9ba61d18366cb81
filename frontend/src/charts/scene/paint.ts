import { showPixels, type Raster } from '../pixels/show';
import type { Point } from './affine';
import { FONT, type Scene, type Shape } from './shapes';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Pictures as a canvas can draw them; kept as long as their pixels are. */
const drawn = new WeakMap<Uint32Array, HTMLCanvasElement>();

export function canvasOf(raster: Raster): HTMLCanvasElement {
  const kept = drawn.get(raster.pixels);
  if (kept) return kept;
  const canvas = document.createElement('canvas');
  showPixels(canvas, raster);
  drawn.set(raster.pixels, canvas);
  return canvas;
}

/** The scene without what is lit, on a canvas of its own, from where it is drawn again and again. */
export function paintBase(scene: Scene, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(scene.width * ratio);
  canvas.height = Math.round(scene.height * ratio);
  const context = canvas.getContext('2d');
  if (context) {
    context.scale(ratio, ratio);
    context.fillStyle = scene.background;
    context.fillRect(0, 0, scene.width, scene.height);
    paintShapes(context, scene.base);
  }
  return canvas;
}

/** Draws a scene onto a canvas of the base's size. */
export function paint(canvas: HTMLCanvasElement, base: HTMLCanvasElement, scene: Scene): void {
  if (canvas.width !== base.width) canvas.width = base.width;
  if (canvas.height !== base.height) canvas.height = base.height;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(base, 0, 0);
  const ratio = base.width / scene.width;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintShapes(context, scene.lit);
}

function paintShapes(context: Context, shapes: readonly Shape[]): void {
  for (const shape of shapes) {
    context.save();
    paintShape(context, shape);
    context.restore();
  }
}

function paintShape(context: Context, shape: Shape): void {
  if (shape.kind === 'raster') {
    const { a, b, c, d, e, f } = shape.matrix;
    context.transform(a, b, c, d, e, f);
    // Upright pictures are as fine as the screen; blurring would only mix neighbours.
    context.imageSmoothingEnabled = b !== 0 || c !== 0;
    context.drawImage(canvasOf(shape.raster), 0, 0);
  } else if (shape.kind === 'polygons') {
    context.globalAlpha = shape.opacity ?? 1;
    context.fillStyle = shape.fill;
    context.fill(outline(shape.polygons, true));
  } else if (shape.kind === 'lines') {
    context.globalAlpha = shape.opacity ?? 1;
    context.strokeStyle = shape.stroke.color;
    context.lineWidth = shape.stroke.width;
    context.setLineDash([...(shape.stroke.dash ?? [])]);
    const ratio = context.getTransform().a;
    context.stroke(
      outline(
        shape.lines.map((line) => crisp(line, shape.stroke.width, ratio)),
        false,
      ),
    );
  } else {
    context.translate(shape.at.x, shape.at.y);
    context.rotate(((shape.rotate ?? 0) * Math.PI) / 180);
    context.font = `${shape.bold ? '600 ' : ''}${shape.size}px ${FONT}`;
    context.fillStyle = shape.color;
    context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
    context.fillText(shape.text, 0, 0);
  }
}

/** An upright line on whole pixels of the screen; between two, both would get half of its colour. */
function crisp(line: readonly Point[], width: number, ratio: number): readonly Point[] {
  const [first] = line;
  const middle = Math.round(width * ratio) % 2 === 0 ? 0 : 0.5;
  const snap = (at: number): number => (Math.round(at * ratio - middle) + middle) / ratio;
  if (first && line.every(({ y }) => y === first.y)) {
    return line.map(({ x, y }) => ({ x, y: snap(y) }));
  }
  if (first && line.every(({ x }) => x === first.x)) {
    return line.map(({ x, y }) => ({ x: snap(x), y }));
  }
  return line;
}

function outline(lines: readonly (readonly Point[])[], closed: boolean): Path2D {
  const path = new Path2D();
  for (const points of lines) {
    points.forEach(({ x, y }, i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    if (closed) path.closePath();
  }
  return path;
}
