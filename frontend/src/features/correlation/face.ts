/** The grid as a face: flat in the Correlation View, skewed on the cube. */
import { timeScale, toStep, toX, type TimeScale as Scale } from '../../axis/scale';
import { apply, rectangle, type Matrix, type Point } from '../../charts/scene/affine';
import type { Shape } from '../../charts/scene/shapes';
import type { Box } from '../../charts/readout/plan';
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

/**
 * What a group lights on the grid: outlines around picked rows, columns and cells, so that their
 * colours can be read; and all its marks, where the grid shows mini-sets.
 */
export function litGrid(grid: Grid, face: GridFace, { lit, color, dash }: LitGroup): Shape[] {
  const { across, down } = face;
  const stroke = { color, width: 1, ...(dash && { dash }) };
  const byCells = grid.detail === 'abstract';
  const rows = byCells
    ? [...new Set([...lit.picked.sets].map((i) => grid.sets[i]?.group ?? -1))].map(
        (i) => grid.groups[i] ?? NOTHING,
      )
    : [...lit.picked.sets].map((i) => grid.sets[i] ?? NOTHING);
  const columns = [...lit.picked.columns].map((i) => grid.columns[i] ?? NOTHING);
  const downs = rows.flatMap((row) => [visible(down, row, MIN_LIT) ?? []].filter(isRange));
  const acrosses = columns.flatMap((at) => [visible(across, at, MIN_LIT) ?? []].filter(isRange));
  const outlines = [
    ...downs.map(([top, bottom]) => outline(face, 0, top, across.width, bottom)),
    ...acrosses.map(([left, right]) => outline(face, left, 0, right, down.width)),
  ];
  const cells = byCells
    ? downs.flatMap(([top, bottom]) =>
        acrosses.map(([left, right]) => outline(face, left, top, right, bottom)),
      )
    : [];
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
  return [
    { kind: 'lines', lines: outlines.slice(0, MAX_OUTLINES), stroke, opacity: 0.7 },
    { kind: 'lines', lines: iterations, stroke: { ...stroke, width: 0.8 }, opacity: 0.6 },
    { kind: 'lines', lines: cells.slice(0, MAX_OUTLINES), stroke: { ...stroke, width: 2 } },
    ...(byCells ? [] : litMarks(grid, face, lit, color)),
  ];
}

const NOTHING: Span = { from: -1, to: -1 };

type Ends = readonly [number, number];
const isRange = (ends: readonly number[]): ends is Ends => ends.length === 2;

function outline(
  { matrix }: GridFace,
  left: number,
  top: number,
  right: number,
  bottom: number,
): Point[] {
  const corners = rectangle(matrix, left, top, right, bottom);
  return [...corners, ...corners.slice(0, 1)];
}

function litMarks(
  grid: Grid,
  { matrix, across, down }: GridFace,
  lit: Lit,
  color: string,
): Shape[] {
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
  return [{ kind: 'polygons', polygons, fill: color }];
}

/** What of the picture picks are: a cell, a row, a column; null if it is not on screen. */
export function boxOf(grid: Grid, face: GridFace, picks: readonly Picked[]): Box | null {
  const [pick] = picks;
  if (!pick) return null;
  const { matrix, across, down } = face;
  const set =
    grid.detail === 'advanced' && pick.filter !== null
      ? grid.sets.find(
          (each) => each.layer === pick.layer && each.filters.includes(pick.filter ?? -1),
        )
      : undefined;
  const group = grid.groups.find(({ layers }) => layers.some((layer) => layer === pick.layer));
  const column = grid.columns.find((each) => each.class === pick.class);
  const rows = pick.layer === null ? [0, down.width] : visible(down, set ?? group ?? NOTHING, 1);
  const columns = pick.class === null ? [0, across.width] : visible(across, column ?? NOTHING, 1);
  if (!rows || !columns) return null;
  const points = rectangle(matrix, columns[0] ?? 0, rows[0] ?? 0, columns[1] ?? 0, rows[1] ?? 0);
  const [left, top] = [
    Math.min(...points.map(({ x }) => x)),
    Math.min(...points.map(({ y }) => y)),
  ];
  const [right, bottom] = [
    Math.max(...points.map(({ x }) => x)),
    Math.max(...points.map(({ y }) => y)),
  ];
  return { left, top, width: right - left, height: bottom - top };
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
