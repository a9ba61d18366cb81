/** The Correlation View's picture: the grid, names along its edges, and totals. */
import { apply, IDENTITY, moved, rectangle, scaled, type Matrix } from '../../charts/scene/affine';
import { shortened, widthOf, withRoom } from '../../charts/scene/labels';
import type { Scene, Shape } from '../../charts/scene/shapes';
import type { ClassIndex } from '../../wire/units';
import {
  axisScale,
  litGrid,
  separators,
  visible,
  type GridFace,
  type Inks,
  type LitGroup,
  type Zoom,
} from './face';
import type { Grid } from './grid';
import { gridPixels, type GridColors } from './pixels';
import { NAMES_TO, namesOfRows, rowNameShapes, sharedInWords, TEXT } from './rownames';
import { causeMarks, type MarkOf } from './tested';

const ROW_TOTALS = 64;
const COLUMN_TOTALS = 30;
/** Room for marks of many layers together, right above the grid. */
const TOGETHER = 18;
/** Room below the grid for names of classes that stand aslant, and for short ones that lie. */
const SLANTED = 78;
const LYING = 24;
const GAP = 8;
/** Degrees, and how far apart names that stand so have to begin, so that their lines do not touch. */
const SLANT = 55;
const NAME_GAP = (TEXT + 3) / Math.sin((SLANT * Math.PI) / 180);

export interface FlatInput {
  readonly grid: Grid;
  readonly width: number;
  readonly height: number;
  /** Width of the names of the layers. */
  readonly gutter: number;
  readonly classZoom: Zoom;
  readonly layerZoom: Zoom;
  readonly colors: GridColors;
  readonly inks: Inks;
  /** Device pixels to a pixel. */
  readonly ratio: number;
  readonly className: (index: ClassIndex) => string;
  readonly markOf: MarkOf;
}

export interface Flat {
  readonly face: GridFace;
  /** Height of the marks of many layers together, right above the face, in CSS pixels; or 0. */
  readonly together: number;
  readonly scene: Scene;
}

/** The room between the bars of classes and the grid. */
const togetherRoom = ({ grid, markOf }: FlatInput): number =>
  grid.columns.some((column) => markOf(null, column.class)) ? TOGETHER : 0;

/** The picture with nothing lit. */
export function planFlat(input: FlatInput): Flat {
  const { grid, width, height, gutter, colors, inks, ratio } = input;
  const room = Math.max(40, width - gutter - ROW_TOTALS);
  const below = namesFit(input, room) ? LYING : SLANTED;
  const together = togetherRoom(input);
  const above = COLUMN_TOTALS + together;
  const size = { width: room, height: Math.max(40, height - above - below) };
  const matrix = moved(IDENTITY, { x: gutter, y: above });
  const face: GridFace = {
    matrix,
    across: axisScale(input.classZoom, size.width),
    down: axisScale(input.layerZoom, size.height),
  };
  const across = { ...face.across, width: Math.round(size.width * ratio) };
  const down = { ...face.down, width: Math.round(size.height * ratio) };
  const raster = {
    pixels: gridPixels(grid, across, down, colors),
    width: across.width,
    height: down.width,
  };
  const corners = rectangle(matrix, 0, 0, size.width, size.height);
  const base: Shape[] = [
    { kind: 'raster', raster, matrix: scaled(matrix, 1 / ratio, 1 / ratio) },
    ...separators(grid, face, inks),
    ...causeMarks(grid, face, input.markOf, inks, -together / 2),
    {
      kind: 'lines',
      lines: [[...corners, ...corners.slice(0, 1)]],
      stroke: { color: inks.line, width: 1 },
    },
    ...rowNames(input, face),
    ...columnNames(input, face, below === LYING),
    ...totals(input, face, together),
    ...(together > 0 ? [edgeName(face, inks, MANY, -together / 2 + 4)] : []),
  ];
  return { face, together, scene: { width, height, background: inks.background, base, lit: [] } };
}

/** What is lit over it. */
export const litFlat = (grid: Grid, { face }: Flat, groups: readonly LitGroup[]): Shape[] =>
  groups.flatMap((group) => litGrid(grid, face, group));

function rowNames({ grid, inks }: FlatInput, { matrix, down }: GridFace): readonly Shape[] {
  const names = namesOfRows(grid.groups, down);
  const { shapes } = rowNameShapes(names, matrix, matrix.e - GAP - NAMES_TO, inks);
  const shared = sharedInWords(names);
  return shared === null ? shapes : [...shapes, edgeText(matrix, inks, shared, down.width + 15)];
}

/** A small text at the left of the face, at a height of it. */
const edgeText = (matrix: Matrix, inks: Inks, text: string, y: number): Shape => ({
  kind: 'text',
  at: apply(matrix, { x: -GAP, y }),
  text,
  color: inks.muted,
  size: 10,
  anchor: 'end',
});

/** Whether each class's name fits below its column; before any zoom, so that zooming moves nothing. */
const namesFit = ({ grid, className }: FlatInput, width: number): boolean =>
  grid.columns.every(({ class: index, from, to }) => {
    const name = className(index);
    return shortened(name, (to - from) * width, TEXT) === name;
  });

function columnNames(
  { grid, inks, className }: FlatInput,
  { matrix, across, down }: GridFace,
  lying: boolean,
): Shape[] {
  const labels = grid.columns.flatMap((column) => {
    const ends = visible(across, column);
    if (!ends) return [];
    return [
      { at: (ends[0] + ends[1]) / 2, text: className(column.class), weight: ends[1] - ends[0] },
    ];
  });
  const look = { kind: 'text', color: inks.muted, size: TEXT } as const;
  if (lying) {
    // Of a column that is on screen in part, the name may not be.
    const whole = labels.filter(({ text, weight }) => shortened(text, weight, TEXT) === text);
    return whole.map(({ at, text }) => ({
      ...look,
      at: apply(matrix, { x: at, y: down.width + 15 }),
      text,
      anchor: 'middle',
    }));
  }
  return withRoom(labels, NAME_GAP).map(({ at, text }) => ({
    ...look,
    at: apply(matrix, { x: at - 2, y: down.width + 10 }),
    text: shortened(text, SLANTED, TEXT),
    anchor: 'start',
    rotate: SLANT,
  }));
}

/** What is above the grid, shorter where there is no room: the bars, and the marks below them. */
const OF_CLASS = ['anomaly filters per class', 'per class'];
const MANY = ['many layers put back', 'many layers'];

/** What something above the grid is, at the left of it. */
function edgeName({ matrix }: GridFace, inks: Inks, names: readonly string[], y: number): Shape {
  const fitting = names.find((name) => widthOf(name, 10) <= matrix.e - GAP);
  return edgeText(matrix, inks, fitting ?? names.at(-1) ?? '', y);
}

/** Bars: anomaly filters of each class above the grid, of each row beside it. */
function totals({ grid, inks, colors }: FlatInput, face: GridFace, together: number): Shape[] {
  const { matrix, across, down } = face;
  const foot = -3 - together;
  const columns = grid.columns.length;
  const ofColumns = grid.columns.map((_, x) =>
    grid.groups.reduce((sum, _group, row) => sum + (grid.counts[row * columns + x] ?? 0), 0),
  );
  const mostOfColumns = Math.max(1, ...ofColumns);
  const mostOfRows = Math.max(1, ...grid.groups.map(({ filters }) => filters));
  const bars = grid.columns.flatMap((column, x) => {
    const ends = visible(across, column);
    const height = ((COLUMN_TOTALS - 8) * (ofColumns[x] ?? 0)) / mostOfColumns;
    return ends
      ? [rectangle(matrix, ends[0], foot - height, Math.max(ends[0] + 0.5, ends[1] - 1), foot)]
      : [];
  });
  const rooms = ROW_TOTALS - 34;
  const rows = grid.groups.flatMap((group) => {
    const ends = visible(down, group);
    return ends ? [{ ends, filters: group.filters }] : [];
  });
  const left = across.width + 4;
  const numbers = withRoom(
    rows.map(({ ends, filters }) => ({
      at: (ends[0] + ends[1]) / 2,
      text: String(filters),
      weight: ends[1] - ends[0],
      end: left + (rooms * filters) / mostOfRows,
    })),
    TEXT + 1,
  );
  return [
    { kind: 'polygons', polygons: bars, fill: colors.bar, opacity: 0.55 },
    {
      kind: 'polygons',
      polygons: rows.map(({ ends, filters }) =>
        rectangle(
          matrix,
          left,
          ends[0] + 0.5,
          left + (rooms * filters) / mostOfRows,
          Math.max(ends[0] + 1, ends[1] - 0.5),
        ),
      ),
      fill: colors.bar,
      opacity: 0.55,
    },
    ...numbers.map(({ at, text, end }): Shape => ({
      kind: 'text',
      at: apply(matrix, { x: end + 4, y: at + 4 }),
      text,
      color: inks.muted,
      size: 10,
      anchor: 'start',
    })),
    edgeName(face, inks, OF_CLASS, foot - 5),
    {
      kind: 'text',
      at: apply(matrix, { x: across.width + 4, y: -8 }),
      text: 'per row',
      color: inks.muted,
      size: 10,
      anchor: 'start',
    },
  ];
}
