/** The grid as a face: flat in the Correlation View, skewed on the cube. */
import { timeScale, toStep, toX, type TimeScale as Scale } from '../../axis/scale';
import { apply, rectangle, type Matrix, type Point } from '../../charts/scene/affine';
import type { LitScene, Shape } from '../../charts/scene/shapes';
import type { ClassIndex } from '../../wire/units';
import { lineAt, spanAt, type Grid, type Group, type Span } from './grid';
import { markEnds } from './pixels';
import { ANYTHING, pickSet, type Lit, type Pick as Picked } from './picks';

/** The part of an axis that is on screen; null for all of it. */
export type Zoom = readonly [number, number] | null;

export const axisScale = (zoom: Zoom, size: number): Scale =>
  timeScale(zoom?.[0] ?? 0, zoom?.[1] ?? 1, size);

export interface GridFace {
  readonly matrix: Matrix;
  /** Classes. */
  readonly across: Scale;
  /** Mini-sets and layers. */
  readonly down: Scale;
}

/** Colours of a face's lines and marks. */
export interface Inks {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly background: string;
}

/** How one group of picks is drawn. */
export interface LitGroup {
  readonly name: string;
  readonly lit: Lit;
  readonly color: string;
  readonly dash?: readonly number[];
}

/** More outlines than this would cover what they are about. */
export const MAX_OUTLINES = 80;
const MAX_MARKS = 6000;
/** What is lit is at least so many pixels wide, however narrow its band. */
export const MIN_LIT = 4;

/** Lines between layers and between classes, where there is room for them. */
export function separators(grid: Grid, face: GridFace, inks: Inks): Shape[] {
  const { across, down } = face;
  const lines: Point[][] = [];
  for (const { to } of grid.groups.slice(0, -1)) {
    const y = toX(down, to);
    if (y > 0 && y < down.width) lines.push(acrossFace(face, y));
  }
  const columns = grid.columns.slice(0, -1).filter(({ from, to }) => {
    const x = toX(across, to);
    return x > 0 && x < across.width && toX(across, to) - toX(across, from) >= 5;
  });
  for (const { to } of columns) lines.push(downFace(face, toX(across, to)));
  const shapes: Shape[] = [{ kind: 'lines', lines, stroke: { color: inks.line, width: 1 } }];
  if (grid.detail === 'advanced') {
    const iterations = grid.columns.flatMap((column) => {
      const room = (toX(across, column.to) - toX(across, column.from)) / column.steps.length;
      if (room < 7) return [];
      return column.steps
        .map((_, k) => toX(across, lineAt(column, k)))
        .filter((x) => x > 0 && x < across.width)
        .map((x) => downFace(face, x));
    });
    const stroke = { color: inks.line, width: 0.7, dash: [2, 2] };
    shapes.unshift({ kind: 'lines', lines: iterations, stroke });
  }
  return shapes;
}

const acrossFace = ({ matrix, across }: GridFace, y: number): Point[] =>
  [0, across.width].map((x) => apply(matrix, { x, y }));

const downFace = ({ matrix, down }: GridFace, x: number): Point[] =>
  [0, down.width].map((y) => apply(matrix, { x, y }));

/** Ends of a span in pixels, at least `min` apart; null if it is not on screen. */
export function visible(
  scale: Scale,
  { from, to }: Span,
  min = 0,
): readonly [number, number] | null {
  const [a, b] = [Math.max(0, toX(scale, from)), Math.min(scale.width, toX(scale, to))];
  if (b <= 0 || a >= scale.width) return null;
  const room = Math.min(scale.width, Math.max(min, b - a));
  // A narrow band grows to both sides, at the face's edge to the inside.
  const start = Math.min(Math.max(0, (a + b - room) / 2), scale.width - room);
  return [start, start + room];
}

/** What a group lights on the grid: picked rows and columns as a whole, and all its marks. */
export function litGrid(
  grid: Grid,
  face: GridFace,
  { lit, color, dash }: LitGroup,
): Pick<LitScene, 'revealed' | 'top'> {
  const { matrix, across, down } = face;
  const revealed: Point[][] = [];
  const outlined: Point[][] = [];
  for (const i of lit.picked.sets) {
    const ends = visible(down, grid.sets[i] ?? NOTHING, MIN_LIT);
    if (!ends) continue;
    revealed.push(rectangle(matrix, 0, ends[0], across.width, ends[1]));
    outlined.push(...ends.map((y) => acrossFace(face, y)));
  }
  for (const i of lit.picked.columns) {
    const ends = visible(across, grid.columns[i] ?? NOTHING, MIN_LIT);
    if (!ends) continue;
    revealed.push(rectangle(matrix, ends[0], 0, ends[1], down.width));
    outlined.push(...ends.map((x) => downFace(face, x)));
  }
  const iterations: Point[][] = [];
  grid.columns.forEach((column, i) => {
    if (!lit.columns.has(i)) return;
    column.steps.forEach((step, k) => {
      const x = toX(across, lineAt(column, k));
      if (lit.picked.steps.has(step) && x >= 0 && x <= across.width) {
        iterations.push(downFace(face, x));
      }
    });
  });
  const marks = grid.detail === 'abstract' ? litCells(grid, face, lit) : litMarks(grid, face, lit);
  const stroke = { color, width: 1, ...(dash && { dash }) };
  return {
    revealed: [...revealed, ...(grid.detail === 'abstract' ? marks : [])],
    top: [
      { kind: 'lines', lines: outlined.slice(0, MAX_OUTLINES), stroke, opacity: 0.9 },
      { kind: 'lines', lines: iterations, stroke: { ...stroke, width: 0.8 }, opacity: 0.6 },
      grid.detail === 'abstract'
        ? {
            kind: 'lines',
            lines: marks.slice(0, MAX_OUTLINES).map((it) => [...it, ...it.slice(0, 1)]),
            stroke,
          }
        : { kind: 'polygons', polygons: marks, fill: color },
    ],
  };
}

const NOTHING: Span = { from: -1, to: -1 };

function litMarks(grid: Grid, { matrix, across, down }: GridFace, lit: Lit): Point[][] {
  const polygons: Point[][] = [];
  for (const { set, column, k } of lit.marks) {
    const at = grid.columns[column];
    const rows = visible(down, grid.sets[set] ?? NOTHING, lit.picked.sets.has(set) ? MIN_LIT : 1);
    if (!rows || !at || polygons.length >= MAX_MARKS) continue;
    const [left, right] = markEnds(across, at, k);
    if (right <= 0 || left >= across.width) continue;
    const ends = [Math.max(0, left), Math.min(across.width, Math.max(left + 1, right))] as const;
    polygons.push(rectangle(matrix, ends[0], rows[0], ends[1], rows[1]));
  }
  return polygons;
}

function litCells(grid: Grid, { matrix, across, down }: GridFace, lit: Lit): Point[][] {
  const cells = new Set(
    lit.marks.map(({ set, column }) => (grid.sets[set]?.group ?? 0) * grid.columns.length + column),
  );
  return [...cells].flatMap((cell) => {
    const rows = visible(down, grid.groups[Math.floor(cell / grid.columns.length)] ?? NOTHING);
    const columns = visible(across, grid.columns[cell % grid.columns.length] ?? NOTHING, 1);
    return rows && columns ? [rectangle(matrix, columns[0], rows[0], columns[1], rows[1])] : [];
  });
}

/** What is under a point of the grid, in the face's own pixels. */
export function pickGrid(grid: Grid, face: GridFace, { x, y }: Point): readonly Picked[] {
  const { across, down } = face;
  const column = grid.columns[spanAt(grid.columns, toStep(across, x))];
  const row = toStep(down, y);
  if (grid.detail === 'abstract') {
    const group = grid.groups[spanAt(grid.groups, row)];
    return column && group ? pickGroup(group, column.class) : [];
  }
  const set = grid.sets[spanAt(grid.sets, row)];
  if (!set) return [];
  const k = column?.at.findIndex((place, i) => {
    const [from, to] = markEnds(across, column, i);
    return set.at[place] === 1 && x >= from - 1 && x <= to + 1;
  });
  if (column === undefined || k === undefined || k < 0) return [pickSet(set)];
  return [{ ...pickSet(set), class: column.class, step: column.steps[k] ?? null }];
}

const pickGroup = ({ layers }: Group, index: ClassIndex | null): readonly Picked[] =>
  layers.map((layer) => ({ ...ANYTHING, layer, class: index }));

/** The layers whose name is at a height, left of the face. */
export function pickRow(grid: Grid, { down }: GridFace, y: number): readonly Picked[] {
  const group = grid.groups[spanAt(grid.groups, toStep(down, y))];
  return group && y >= 0 && y < down.width ? pickGroup(group, null) : [];
}

/** The class whose name is at a distance along the face's edge. */
export function pickColumn(grid: Grid, { across }: GridFace, x: number): readonly Picked[] {
  const column = grid.columns[spanAt(grid.columns, toStep(across, x))];
  return column && x >= 0 && x < across.width ? [{ ...ANYTHING, class: column.class }] : [];
}
