/** Which dots are where on screen. */

/** Dots by the cells of a grid that they are in. */
export interface Grid {
  readonly cell: number;
  readonly across: number;
  readonly down: number;
  /** First position of each cell in `dots`; behind the last one's, their number. */
  readonly first: Int32Array;
  readonly dots: Int32Array;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** @param isThere whether a dot can be hit at all */
export function gridOf(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  width: number,
  height: number,
  isThere: (dot: number) => boolean = () => true,
  cell = 16,
): Grid {
  const across = Math.max(1, Math.ceil(width / cell));
  const down = Math.max(1, Math.ceil(height / cell));
  const cells = new Int32Array(x.length).fill(-1);
  const first = new Int32Array(across * down + 1);
  for (let i = 0; i < x.length; i++) {
    const [column, row] = [Math.floor((x[i] ?? NaN) / cell), Math.floor((y[i] ?? NaN) / cell)];
    if (!(column >= 0 && row >= 0 && column < across && row < down) || !isThere(i)) continue;
    const at = row * across + column;
    cells[i] = at;
    first[at + 1] = (first[at + 1] ?? 0) + 1;
  }
  for (let at = 0; at < across * down; at++)
    first[at + 1] = (first[at + 1] ?? 0) + (first[at] ?? 0);
  const free = first.slice();
  const dots = new Int32Array(first.at(-1) ?? 0);
  cells.forEach((at, i) => {
    if (at < 0) return;
    const place = free[at] ?? 0;
    dots[place] = i;
    free[at] = place + 1;
  });
  return { cell, across, down, first, dots, x, y };
}

/** The dot nearest to a place, within a distance in pixels; -1 if there is none. */
export function nearestDot(grid: Grid, left: number, top: number, within = 12): number {
  const { cell, across, down, first, dots, x, y } = grid;
  let [best, found] = [within * within, -1];
  const [low, high] = [(at: number) => Math.max(0, Math.floor((at - within) / cell)), within];
  for (let row = low(top); row <= Math.min(down - 1, Math.floor((top + high) / cell)); row++) {
    const last = Math.min(across - 1, Math.floor((left + high) / cell));
    for (let column = low(left); column <= last; column++) {
      const at = row * across + column;
      for (let k = first[at] ?? 0; k < (first[at + 1] ?? 0); k++) {
        const dot = dots[k] ?? -1;
        const distance = ((x[dot] ?? NaN) - left) ** 2 + ((y[dot] ?? NaN) - top) ** 2;
        if (distance <= best) [best, found] = [distance, dot];
      }
    }
  }
  return found;
}

/** The nearest dot in a direction, sideways counting double; -1 if there is none. */
export function dotBeside(grid: Grid, from: number, [dx, dy]: readonly [number, number]): number {
  const [left, top] = [grid.x[from] ?? 0, grid.y[from] ?? 0];
  let [best, found] = [Infinity, -1];
  for (const dot of grid.dots) {
    if (dot === from) continue;
    const [x, y] = [(grid.x[dot] ?? NaN) - left, (grid.y[dot] ?? NaN) - top];
    const [ahead, aside] = [x * dx + y * dy, Math.abs(x * dy - y * dx)];
    const far = ahead + 2 * aside;
    if (ahead > 0 && aside <= ahead && far < best) [best, found] = [far, dot];
  }
  return found;
}

export type Corner = readonly [number, number];

/** Whether a place is within a polygon, by the even-odd rule. */
export function isWithin(polygon: readonly Corner[], x: number, y: number): boolean {
  let inside = false;
  polygon.forEach(([x1, y1], i) => {
    const [x0, y0] = polygon.at(i - 1) ?? [0, 0];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  });
  return inside;
}

/** The dots within a polygon. */
export function dotsWithin(grid: Grid, polygon: readonly Corner[]): readonly number[] {
  const [left, right] = [Math.min, Math.max].map((of) => of(...polygon.map(([x]) => x)));
  const [top, bottom] = [Math.min, Math.max].map((of) => of(...polygon.map(([, y]) => y)));
  return [...grid.dots]
    .filter((dot) => {
      const [x, y] = [grid.x[dot] ?? NaN, grid.y[dot] ?? NaN];
      const isNear = x >= (left ?? 0) && x <= (right ?? 0) && y >= (top ?? 0) && y <= (bottom ?? 0);
      return isNear && isWithin(polygon, x, y);
    })
    .sort((a, b) => a - b);
}
