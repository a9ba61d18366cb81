/**
 * Where the three faces lie. The cube fills its box; the one corner that all faces share
 * (the front's upper right one) says everything: the depth runs from it to the box's upper
 * right corner. The unfolded layout (paper, Fig. 5c) has the same corner, but no skew: the
 * Layer View to its left, the Validation View above it with iterations running upwards.
 */
import { apply, between, invert, type Matrix, type Point } from '../../charts/scene/affine';

export const FACES = ['front', 'top', 'right'] as const;
/** Front: layers by iterations; top: classes by iterations; right: layers by classes. */
export type Face = (typeof FACES)[number];

export interface Placement {
  readonly matrix: Matrix;
  /** Pixels of the face itself, before it is mapped: columns and rows. */
  readonly width: number;
  readonly height: number;
}

export type Cube = Readonly<Record<Face, Placement>>;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The shared corner as shares of the box's width and height. */
export interface Corner {
  readonly x: number;
  readonly y: number;
}

export const CORNER_LIMITS = { x: [0.25, 0.85], y: [0.12, 0.62] } as const;

/** Within the limits, and to a thousandth, as the address has it. */
export const limitedCorner = ({ x, y }: Corner): Corner => ({
  x: rounded(Math.min(CORNER_LIMITS.x[1], Math.max(CORNER_LIMITS.x[0], x))),
  y: rounded(Math.min(CORNER_LIMITS.y[1], Math.max(CORNER_LIMITS.y[0], y))),
});

const rounded = (share: number): number => Math.round(share * 1000) / 1000;

/**
 * @param unfolded 0 for the cube, 1 for the unfolded layout, and all between on the way
 */
export function planCube(box: Box, corner: Corner, unfolded: number): Cube {
  const [width, height] = [corner.x * box.width, (1 - corner.y) * box.height];
  const [right, up] = [box.width - width, box.height - height];
  const depth = Math.hypot(right, up);
  const at = { e: box.left + width, f: box.top + up };
  const left = { e: box.left, f: box.top + up };
  const skewed = { c: right / depth, d: -up / depth };
  const front: Matrix = { a: 1, b: 0, c: 0, d: 1, ...left };
  const top = between(
    { a: 1, b: 0, ...skewed, ...left },
    { a: 0, b: -up / width, c: right / depth, d: 0, ...at },
    unfolded,
  );
  const side = between(
    { a: skewed.c, b: skewed.d, c: 0, d: 1, ...at },
    { a: right / depth, b: 0, c: 0, d: 1, ...at },
    unfolded,
  );
  return {
    front: { matrix: front, width, height },
    top: { matrix: top, width, height: depth },
    right: { matrix: side, width: depth, height },
  };
}

export interface Hit {
  readonly face: Face;
  /** Within the face, in its own pixels. */
  readonly at: Point;
}

/** The face under a point and where on it; exact on the skewed ones too. */
export function hitCube(cube: Cube, point: Point): Hit | null {
  for (const face of FACES) {
    const at = onFace(cube[face], point);
    if (at) return { face, at };
  }
  return null;
}

function onFace({ matrix, width, height }: Placement, point: Point): Point | null {
  const back = invert(matrix);
  const at = back && apply(back, point);
  const isOn = at && at.x >= 0 && at.x < width && at.y >= 0 && at.y < height;
  return isOn ? at : null;
}

/** The edges that change the proportions when they are dragged. */
export const EDGES = ['front-right', 'front-top', 'top-right'] as const;
export type Edge = (typeof EDGES)[number];

/** Ends of the edge that two faces share; the third runs into the depth. */
export function edgeEnds(cube: Cube, edge: Edge): readonly [Point, Point] {
  const { front, right } = cube;
  const corner = apply(right.matrix, { x: 0, y: 0 });
  if (edge === 'front-right') return [corner, apply(right.matrix, { x: 0, y: right.height })];
  if (edge === 'front-top') return [apply(front.matrix, { x: 0, y: 0 }), corner];
  return [corner, apply(right.matrix, { x: right.width, y: 0 })];
}

/** The edge within `reach` pixels of a point. */
export function edgeUnder(cube: Cube, point: Point, reach = 4): Edge | null {
  return EDGES.find((edge) => distance(point, ...edgeEnds(cube, edge)) <= reach) ?? null;
}

function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}

/** The corner after an edge was dragged: each edge moves only across itself. */
export function draggedCorner(
  start: Corner,
  edge: Edge,
  box: Box,
  moved: { readonly dx: number; readonly dy: number },
): Corner {
  const x = start.x + (edge === 'front-top' ? 0 : moved.dx / box.width);
  const y = start.y + (edge === 'front-right' ? 0 : moved.dy / box.height);
  return limitedCorner({ x, y });
}
