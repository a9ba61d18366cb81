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
import { apply, corners, rectangle, type Point } from '../../charts/scene/affine';
import type { LitScene, Shape, Stroke } from '../../charts/scene/shapes';
import type { Cube } from './geometry';
import { rightFace, tick, type CubeScales } from './scene';

/** On either side of a lit iteration. */
const BESIDE = 2.5;
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
): LitScene | null {
  if (groups.length === 0 && !crosshair) return null;
  const parts = groups.map((group) => litFaces(grid, cube, scales, group));
  const faces = [cube.front, cube.top, cube.right];
  return {
    veiled:
      groups.length > 0
        ? faces.map(({ matrix, width, height }) => corners(matrix, width, height))
        : [],
    revealed: parts.flatMap(({ revealed }) => revealed),
    top: [
      ...(crosshair
        ? [
            lines(iterationLines(cube, scales, crosshair.step), {
              color: crosshair.color,
              width: 1,
            }),
          ]
        : []),
      ...parts.flatMap(({ top }) => top),
    ],
  };
}

type Part = Pick<LitScene, 'revealed' | 'top'>;

function litFaces(grid: Grid, cube: Cube, scales: CubeScales, group: LitGroup): Part {
  const right = litGrid(grid, rightFace(cube, scales), group);
  const front = litFront(grid, cube, scales, group);
  const top = litTop(grid, cube, scales, group);
  return {
    revealed: [
      ...front.revealed,
      ...top.revealed,
      ...right.revealed,
      ...besideSteps(cube, scales, group),
    ],
    top: [...front.top, ...top.top, ...litSteps(cube, scales, group), ...right.top],
  };
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

/** The stripes of the lit mini-sets; picked ones between two lines, all with a mark at the edge. */
function litFront(grid: Grid, { front }: Cube, { rows }: CubeScales, group: LitGroup): Part {
  const { matrix, width } = front;
  const { lit } = group;
  const revealed: Point[][] = [];
  const edges: Point[][] = [];
  const marks: Point[][] = [];
  for (const i of lit.sets) {
    const set = grid.sets[i];
    const isPicked = lit.picked.sets.has(i);
    const ends = set && visible(rows, set, isPicked ? MIN_LIT : 1);
    if (!ends) continue;
    revealed.push(rectangle(matrix, 0, ends[0], width, ends[1]));
    marks.push(rectangle(matrix, width - 5, ends[0], width, ends[1]));
    if (!isPicked) continue;
    edges.push(...ends.map((y) => [apply(matrix, { x: 0, y }), apply(matrix, { x: width, y })]));
  }
  return {
    revealed,
    top: [
      { kind: 'polygons', polygons: marks, fill: group.color },
      lines(edges.slice(0, 2 * MAX_OUTLINES), strokeOf(group, 1)),
    ],
  };
}

/** The stripes of the lit classes, and where on them the lit iterations are. */
function litTop(grid: Grid, { top }: Cube, scales: CubeScales, group: LitGroup): Part {
  const { matrix, width } = top;
  const { lit } = group;
  const revealed: Point[][] = [];
  const edges: Point[][] = [];
  const ticks: Point[][] = [];
  for (const i of lit.columns) {
    const column = grid.columns[i];
    const isPicked = lit.picked.columns.has(i);
    const ends = column && visible(scales.classes, column, isPicked ? MIN_LIT : 1);
    if (!ends) continue;
    revealed.push(rectangle(matrix, 0, ends[0], width, ends[1]));
    const own = column.steps.filter((step) => lit.steps.has(step));
    ticks.push(...own.flatMap((step) => tick(matrix, scales, column, step) ?? []));
    if (!isPicked) continue;
    edges.push(...ends.map((y) => [apply(matrix, { x: 0, y }), apply(matrix, { x: width, y })]));
  }
  return {
    revealed,
    top: [
      lines(edges.slice(0, 2 * MAX_OUTLINES), strokeOf(group, 1)),
      lines(ticks, { color: group.color, width: 2.2 }),
    ],
  };
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

/** The pixels around a picked iteration, which stay as they are too. */
function besideSteps(cube: Cube, { time }: CubeScales, group: LitGroup): Point[][] {
  return [...group.lit.picked.steps].flatMap((step) => {
    const x = toX(time, step);
    if (x < 0 || x > time.width) return [];
    return [cube.front, cube.top].map(({ matrix, height }) =>
      rectangle(matrix, Math.max(0, x - BESIDE), 0, Math.min(time.width, x + BESIDE), height),
    );
  });
}
