/** What of the data is under a point of the cube. */
import { toStep, toX } from '../../axis/scale';
import {
  ANYTHING,
  type Grid,
  type Pick,
  pickColumn,
  pickGrid,
  pickRow,
  pickSet,
  spanAt,
} from '../correlation/api';
import { apply, invert, type Point } from '../../charts/scene/affine';
import type { Step } from '../../wire/units';
import { hitCube, type Cube } from './geometry';
import { MARKS, rightFace, type CubeScales } from './scene';

/** How near to an anomaly iteration the pointer must be to mean it, in pixels of the face. */
const REACH = 4;
const NAMES_REACH = 60;

export interface Under {
  readonly picks: readonly Pick[];
  /** The iteration on the front or the top, whether or not anything flips there. */
  readonly step: number | null;
}

const NOTHING: Under = { picks: [], step: null };

export function pickCube(grid: Grid, cube: Cube, scales: CubeScales, point: Point): Under {
  const hit = hitCube(cube, point);
  if (!hit) return { ...NOTHING, picks: pickBeside(grid, cube, scales, point) };
  const { face, at } = hit;
  if (face === 'right') {
    return { ...NOTHING, picks: pickGrid(grid, rightFace(cube, scales), at) };
  }
  const step = toStep(scales.time, at.x);
  if (face === 'front') {
    const set = grid.sets[spanAt(grid.sets, toStep(scales.rows, at.y))];
    const picks = set ? [{ ...pickSet(set), step: near(grid.steps, scales, at.x) }] : [];
    return { picks, step };
  }
  const column = grid.columns[spanAt(grid.columns, toStep(scales.classes, at.y))];
  const picks = column
    ? [{ ...ANYTHING, class: column.class, step: near(column.steps, scales, at.x) }]
    : [];
  return { picks, step };
}

/** The one of some iterations that is at a place, if any is. */
function near(steps: readonly Step[], { time }: CubeScales, x: number): Step | null {
  const distance = (step: Step): number => Math.abs(toX(time, step) - x);
  const nearest = steps.reduce<Step | null>(
    (best, step) => (best === null || distance(step) < distance(best) ? step : best),
    null,
  );
  return nearest !== null && distance(nearest) <= REACH ? nearest : null;
}

/** Names of layers at the left, of classes along the right face, marks of iterations below. */
function pickBeside(grid: Grid, cube: Cube, scales: CubeScales, point: Point): readonly Pick[] {
  const face = rightFace(cube, scales);
  const { matrix, height, width } = cube.front;
  const onFront = { x: point.x - matrix.e, y: point.y - matrix.f };
  if (onFront.x < 0) return pickRow(grid, face, onFront.y);
  if (onFront.x <= width && onFront.y >= height) {
    if (onFront.y > height + MARKS.from + MARKS.height + REACH) return [];
    const step = near(grid.steps, scales, onFront.x);
    return step === null ? [] : [{ ...ANYTHING, step }];
  }
  const back = invert(cube.right.matrix);
  const onRight = back && apply(back, point);
  const isBelow = onRight && onRight.y >= height && onRight.y < height + NAMES_REACH;
  return isBelow ? pickColumn(grid, face, onRight.x) : [];
}
