/** What is known by experiment of the grid's cells: a mark each, or one for many. */
import { apply, type Point } from '../../charts/scene/affine';
import type { Shape } from '../../charts/scene/shapes';
import type { ClassIndex, LayerIndex } from '../../wire/units';
import { MARK_FROM, MARK_SIZE, markShapes, type Mark, type PlacedMark } from '../causes/api';
import { visible, type GridFace, type Inks } from './face';
import type { Grid } from './grid';

/** What is known by experiment of layers and a class. */
export type MarkOf = (layers: readonly LayerIndex[], index: ClassIndex) => Mark | null;

/** Filters of more layers than these, put back together, are one mark. */
const MANY_LAYERS = 3;
/** Half the width of the ticks where a line goes through a cell, in CSS pixels. */
const TICK = 2.5;

type Ends = readonly [number, number];

/**
 * Marks where cells have room: in the middle, or in a corner where a cell shows marks of its
 * own. What takes filters of many layers has its mark at the first, and a line through the others.
 */
export function causeMarks(grid: Grid, face: GridFace, markOf: MarkOf, inks: Inks): Shape[] {
  const { across, down, matrix } = face;
  const rows = grid.groups.map((group) => ({ ...group, ends: visible(down, group) }));
  const marks: PlacedMark[] = [];
  const stems: Point[][] = [];
  for (const column of grid.columns) {
    const ends = visible(across, column);
    const stemOf = new Map<Mark['effect'], Point[]>();
    for (const row of rows) {
      if (!hasRoom(ends) || !hasRoom(row.ends)) continue;
      const mark = markOf(row.layers, column.class);
      if (!mark) continue;
      const room = Math.min(ends[1] - ends[0], row.ends[1] - row.ends[0]);
      const at = placeOf(ends, row.ends, grid.detail === 'advanced' ? room : null);
      const stem = stemOf.get(mark.effect);
      stem?.push(apply(matrix, at));
      if (stem) continue;
      if (isOfMany(mark)) stemOf.set(mark.effect, [apply(matrix, at)]);
      marks.push({ at, verdict: mark.verdict, room });
    }
    stems.push(...stemOf.values());
  }
  return [...stemShapes(stems, inks), ...markShapes(marks, matrix, inks)];
}

const hasRoom = (ends: Ends | null): ends is Ends =>
  ends !== null && ends[1] - ends[0] >= MARK_FROM;

const isOfMany = ({ verdict, effect }: Mark): boolean =>
  verdict === 'together' && effect.layers.length > MANY_LAYERS;

/** @param room - of a corner; null for the middle */
function placeOf([left, right]: Ends, [top, bottom]: Ends, room: number | null): Point {
  if (room === null) return { x: (left + right) / 2, y: (top + bottom) / 2 };
  const inset = Math.min(MARK_SIZE, room) / 2;
  return { x: right - inset, y: top + inset };
}

function stemShapes(stems: readonly (readonly Point[])[], { ink }: Inks): Shape[] {
  const lines = stems
    .filter(({ length }) => length > 1)
    .flatMap((stem) => [
      [...stem],
      ...stem.slice(1).map(({ x, y }) => [
        { x: x - TICK, y },
        { x: x + TICK, y },
      ]),
    ]);
  if (lines.length === 0) return [];
  return [{ kind: 'lines', lines, stroke: { color: ink, width: 1.2 } }];
}
