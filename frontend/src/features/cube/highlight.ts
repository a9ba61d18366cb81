/** What is lit on the three faces, so that it runs over their shared edges. */
import { toX } from '../../axis/scale';
import {
  type Grid,
  litGrid,
  type LitGroup,
  MAX_OUTLINES,
  MIN_LIT,
  visible,
} from '../correlation/api';
import { apply, rectangle, type Point } from '../../charts/scene/affine';
import type { Shape, Stroke } from '../../charts/scene/shapes';
import type { Cube, Placement } from './geometry';
import { rightFace, tick, type CubeScales } from './scene';

/** Width of the mark of what is lit, at the edge that its face shares with the right one. */
const MARK = 5;
const NOWHERE = { from: -1, to: -1 };
/** With more, only the picked ones have a line. */
const MAX_LINES = 60;

export interface Crosshair {
  readonly step: number;
  readonly color: string;
}

/**
 * @param crosshair the iteration that all views point at; null if nobody points or pinned one
 */
export function planLit(
  grid: Grid,
  cube: Cube,
  scales: CubeScales,
  groups: readonly LitGroup[],
  crosshair: Crosshair | null,
): Shape[] {
  const pointed = crosshair
    ? [lines(iterationLines(cube, scales, crosshair.step), { color: crosshair.color, width: 1 })]
    : [];
  return [
    ...pointed,
    ...groups.flatMap((group) => [
      ...litFront(grid, cube, scales, group),
      ...litTop(grid, cube, scales, group),
      ...litSteps(cube, scales, group),
      ...litGrid(grid, rightFace(cube, scales), group),
    ]),
  ];
}

const strokeOf = ({ color, dash }: LitGroup, width: number): Stroke => ({
  color,
  width,
  ...(dash && { dash }),
});

const lines = (list: readonly (readonly Point[])[], stroke: Stroke, opacity = 1): Shape => ({
  kind: 'lines',
  lines: list,
  stroke,
  opacity,
});

/** The picked mini-sets between two lines, all that are lit with a mark at the edge to the right. */
function litFront(grid: Grid, { front }: Cube, { rows }: CubeScales, group: LitGroup): Shape[] {
  const bands = [...group.lit.sets].flatMap((i) => {
    const isPicked = group.lit.picked.sets.has(i);
    const ends = visible(rows, grid.sets[i] ?? NOWHERE, isPicked ? MIN_LIT : 1);
    return ends ? [{ ends, isPicked }] : [];
  });
  return litBands(front, bands, group);
}

/** The picked classes likewise, and where on its stripe the lit iterations of a class are. */
function litTop(grid: Grid, { top }: Cube, scales: CubeScales, group: LitGroup): Shape[] {
  const ticks: Point[][] = [];
  const bands = [...group.lit.columns].flatMap((i) => {
    const column = grid.columns[i];
    const isPicked = group.lit.picked.columns.has(i);
    const ends = column && visible(scales.classes, column, isPicked ? MIN_LIT : 1);
    if (!ends) return [];
    const own = column.steps.filter((step) => group.lit.steps.has(step));
    ticks.push(...own.flatMap((step) => tick(top.matrix, scales, column, step) ?? []));
    return [{ ends, isPicked }];
  });
  return [
    ...litBands(top, bands, group),
    lines(ticks, { color: group.color, width: group.name === 'hovered' ? 1.2 : 2.2 }),
  ];
}

interface Band {
  readonly ends: readonly [number, number];
  readonly isPicked: boolean;
}

function litBands({ matrix, width }: Placement, bands: readonly Band[], group: LitGroup): Shape[] {
  const marks = bands.map(({ ends }) => rectangle(matrix, width - MARK, ends[0], width, ends[1]));
  const edges = bands.flatMap(({ ends, isPicked }) =>
    isPicked ? ends.map((y) => [0, width].map((x) => apply(matrix, { x, y }))) : [],
  );
  return [
    { kind: 'polygons', polygons: marks, fill: group.color },
    lines(edges.slice(0, 2 * MAX_OUTLINES), strokeOf(group, 1)),
  ];
}

/** The lit iterations: a line up the front and on over the top. */
function litSteps(cube: Cube, scales: CubeScales, group: LitGroup): Shape[] {
  const { lit } = group;
  const related = lit.steps.size <= MAX_LINES ? lit.steps : lit.picked.steps;
  const picked = [...lit.picked.steps].flatMap((step) => iterationLines(cube, scales, step));
  const others = [...related]
    .filter((step) => !lit.picked.steps.has(step))
    .flatMap((step) => iterationLines(cube, scales, step));
  return [lines(others, strokeOf(group, 0.8), 0.45), lines(picked, strokeOf(group, 1.4))];
}

function iterationLines(cube: Cube, { time }: CubeScales, step: number): Point[][] {
  const x = toX(time, step);
  if (x < 0 || x > time.width) return [];
  return [cube.front, cube.top].map(({ matrix, height }) =>
    [0, height].map((y) => apply(matrix, { x, y })),
  );
}
