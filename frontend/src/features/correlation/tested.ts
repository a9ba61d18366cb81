/** What is known by experiment of the grid: a mark in a cell, and one of a class for many layers. */
import type { Point } from '../../charts/scene/affine';
import type { Shape } from '../../charts/scene/shapes';
import type { ClassIndex, LayerIndex } from '../../wire/units';
import {
  excess,
  MARK_FROM,
  MARK_SIZE,
  markShapes,
  type Mark,
  type PlacedMark,
} from '../causes/api';
import { visible, type GridFace, type Inks } from './face';
import type { Grid } from './grid';

/** What is known by experiment of layers and a class; of many layers together with null. */
export type MarkOf = (layers: readonly LayerIndex[] | null, index: ClassIndex) => Mark | null;

type Ends = readonly [number, number];

/**
 * Marks where cells have room: in the middle, or in a corner where a cell shows marks of its own.
 * The more flips revert beside what chance does, the larger.
 *
 * @param together - where marks of many layers together stand above the grid, or on its edge: y of
 *   their middle
 */
export function causeMarks(
  grid: Grid,
  face: GridFace,
  markOf: MarkOf,
  inks: Inks,
  together: number,
): Shape[] {
  const { across, down, matrix } = face;
  const rows = grid.groups.map((group) => ({ ...group, ends: visible(down, group) }));
  const marks: PlacedMark[] = [];
  for (const column of grid.columns) {
    const ends = visible(across, column);
    if (!hasRoom(ends)) continue;
    const ofMany = markOf(null, column.class);
    if (ofMany) {
      const at = { x: (ends[0] + ends[1]) / 2, y: together };
      marks.push({ at, ...looks(ofMany), room: ends[1] - ends[0] });
    }
    for (const row of rows) {
      const mark = hasRoom(row.ends) ? markOf(row.layers, column.class) : null;
      if (!mark || !row.ends) continue;
      const room = Math.min(ends[1] - ends[0], row.ends[1] - row.ends[0]);
      const at = placeOf(ends, row.ends, grid.detail === 'advanced' ? room : null);
      marks.push({ at, ...looks(mark), room });
    }
  }
  return markShapes(marks, matrix, inks);
}

const looks = ({ verdict, effect }: Mark): Pick<PlacedMark, 'verdict' | 'strength'> => ({
  verdict,
  strength: verdict === 'not' ? 0 : excess(effect),
});

const hasRoom = (ends: Ends | null): ends is Ends =>
  ends !== null && ends[1] - ends[0] >= MARK_FROM;

/** @param room - of a corner; null for the middle */
function placeOf([left, right]: Ends, [top, bottom]: Ends, room: number | null): Point {
  if (room === null) return { x: (left + right) / 2, y: (top + bottom) / 2 };
  const inset = Math.min(MARK_SIZE, room) / 2;
  return { x: right - inset, y: top + inset };
}
