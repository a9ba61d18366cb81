/** Affine maps of the plane. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** x' = a x + c y + e, y' = b x + d y + f, as canvas and SVG have it. */
export interface Matrix {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export const IDENTITY: Matrix = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

export const apply = ({ a, b, c, d, e, f }: Matrix, { x, y }: Point): Point => ({
  x: a * x + c * y + e,
  y: b * x + d * y + f,
});

/** The map that undoes another; null if that one makes the plane flat. */
export function invert({ a, b, c, d, e, f }: Matrix): Matrix | null {
  const det = a * d - b * c;
  if (Math.abs(det) < 1e-9) return null;
  return {
    a: d / det,
    b: -b / det,
    c: -c / det,
    d: a / det,
    e: (c * f - d * e) / det,
    f: (b * e - a * f) / det,
  };
}

/** First scales by `sx` and `sy`, then maps. */
export const scaled = (matrix: Matrix, sx: number, sy: number): Matrix => ({
  ...matrix,
  a: matrix.a * sx,
  b: matrix.b * sx,
  c: matrix.c * sy,
  d: matrix.d * sy,
});

/** First moves, then maps. */
export const moved = (matrix: Matrix, by: Point): Matrix => {
  const { x, y } = apply(matrix, by);
  return { ...matrix, e: x, f: y };
};

/** Between two maps: the first at 0, the second at 1. */
export function between(one: Matrix, other: Matrix, t: number): Matrix {
  const mix = (u: number, v: number): number => u + (v - u) * t;
  return {
    a: mix(one.a, other.a),
    b: mix(one.b, other.b),
    c: mix(one.c, other.c),
    d: mix(one.d, other.d),
    e: mix(one.e, other.e),
    f: mix(one.f, other.f),
  };
}

/** The corners of a rectangle at the origin, mapped. */
export const corners = (matrix: Matrix, width: number, height: number): Point[] =>
  rectangle(matrix, 0, 0, width, height);

/** The corners of a rectangle, mapped, clockwise if the map keeps the orientation. */
export const rectangle = (
  matrix: Matrix,
  left: number,
  top: number,
  right: number,
  bottom: number,
): Point[] =>
  [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ].map((point) => apply(matrix, point));
