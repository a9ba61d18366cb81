/** The cube's picture: three faces on shared edges, names and scales around them. */
import { toX, type TimeScale as Scale } from '../../axis/scale';
import {
  causeMarks,
  type Column,
  type Grid,
  type GridFace,
  type Inks,
  type MarkOf,
  NAMES_TO,
  namesOfRows,
  rowNameShapes,
  separators,
  sharedInWords,
  TEXT,
  visible,
} from '../correlation/api';
import type { Unit } from '../../axis/units';
import {
  apply,
  corners,
  rectangle,
  scaled,
  type Matrix,
  type Point,
} from '../../charts/scene/affine';
import { shortened, widthOf, withRoom } from '../../charts/scene/labels';
import type { Raster } from '../../charts/pixels/show';
import type { Scene, Shape } from '../../charts/scene/shapes';
import type { Box, Cube } from './geometry';
import { LEGEND_BOTTOM } from './legend';

/** Around the faces: names of layers, of classes, iterations. */
const MARGIN = { left: 146, top: 10, right: 62, bottom: 58 } as const;
const NARROW = 700;
const STRIP = { x: 10, width: 9 } as const;
const NAMES_FROM = 30;
/** Marks of the anomaly iterations below the front. */
export const MARKS = { from: 3, height: 6 } as const;

export interface CubeScales {
  /** Iterations: along the front and the top. */
  readonly time: Scale;
  /** Classes: into the depth of the top, across the right. */
  readonly classes: Scale;
  /** Layers and mini-sets: down the front and the right. */
  readonly rows: Scale;
}

export interface CubeInput {
  readonly grid: Grid;
  readonly cube: Cube;
  readonly scales: CubeScales;
  readonly rasters: {
    readonly front: Raster | null;
    readonly top: Raster;
    readonly right: Raster;
  };
  /** Device pixels of the pictures to a pixel. */
  readonly ratio: number;
  readonly width: number;
  readonly height: number;
  readonly inks: Inks;
  /** 0 the cube, 1 unfolded. */
  readonly unfolded: number;
  /** Number of layers of the model. */
  readonly layers: number;
  readonly className: (index: number) => string;
  readonly markOf: MarkOf;
  /** What is written along the iterations, and in which unit. */
  readonly ticks: readonly { readonly step: number; readonly text: string }[];
  readonly unit: Unit;
}

const UNIT_NAMES: Readonly<Record<Unit, string>> = {
  iteration: 'iterations',
  epoch: 'epochs',
  time: 'wall time',
};

export function boxOf(width: number, height: number): Box {
  // Where it is narrow, the top face would lie under the legend.
  const top = width < NARROW ? LEGEND_BOTTOM : MARGIN.top;
  return {
    left: MARGIN.left,
    top,
    width: Math.max(80, width - MARGIN.left - MARGIN.right),
    height: Math.max(80, height - top - MARGIN.bottom),
  };
}

export const rightFace = (cube: Cube, { classes, rows }: CubeScales): GridFace => ({
  matrix: cube.right.matrix,
  across: classes,
  down: rows,
});

/** The picture with nothing lit. */
export function planScene(input: CubeInput): Scene {
  const { cube, rasters, ratio, inks, grid, scales } = input;
  const face = (raster: Raster | null, matrix: Matrix): Shape[] =>
    raster ? [{ kind: 'raster', raster, matrix: scaled(matrix, 1 / ratio, 1 / ratio) }] : [];
  const edges = [cube.front, cube.top, cube.right].map(({ matrix, width, height }) => {
    const outline = corners(matrix, width, height);
    return [...outline, ...outline.slice(0, 1)];
  });
  return {
    width: input.width,
    height: input.height,
    background: inks.background,
    lit: [],
    base: [
      ...face(rasters.top, cube.top.matrix),
      ...anomalyTicks(input),
      ...face(rasters.front, cube.front.matrix),
      ...face(rasters.right, cube.right.matrix),
      ...separators(grid, rightFace(cube, scales), inks),
      ...causeMarks(
        grid,
        rightFace(cube, scales),
        (...cell) => found(input.markOf(...cell)),
        inks,
        0,
      ),
      ...layerLines(input),
      { kind: 'lines', lines: edges, stroke: { color: inks.muted, width: 1 } },
      ...network(input),
      ...rowNames(input),
      ...classNames(input),
      ...iterations(input),
    ],
  };
}

/** The face has colours and marks of its own: what nothing was found of would only cover them. */
const found = (mark: ReturnType<MarkOf>): ReturnType<MarkOf> =>
  mark?.verdict === 'not' ? null : mark;

/** The lines between layers go on from the right over the front. */
function layerLines({ grid, cube, scales, inks }: CubeInput): Shape[] {
  const { matrix, width } = cube.front;
  const lines = grid.groups.slice(0, -1).flatMap(({ to }) => {
    const y = toX(scales.rows, to);
    if (y <= 0 || y >= scales.rows.width) return [];
    return [[apply(matrix, { x: 0, y }), apply(matrix, { x: width, y })]];
  });
  return [{ kind: 'lines', lines, stroke: { color: inks.background, width: 1 }, opacity: 0.7 }];
}

/** Where classes flip: a line across the stripe of the class. */
function anomalyTicks({ grid, cube, scales, inks }: CubeInput): Shape[] {
  const lines = grid.columns.flatMap((column) =>
    column.steps.flatMap((step) => tick(cube.top.matrix, scales, column, step) ?? []),
  );
  return [{ kind: 'lines', lines, stroke: { color: inks.ink, width: 1 }, opacity: 0.6 }];
}

/** A line across a class's stripe on the top; null if it is not on screen. */
export function tick(
  matrix: Matrix,
  { time, classes }: CubeScales,
  column: Column,
  step: number,
): [Point[]] | null {
  const ends = visible(classes, column, 2);
  const x = toX(time, step);
  if (!ends || x < 0 || x > time.width) return null;
  return [ends.map((y) => apply(matrix, { x, y }))];
}

/** Beside the front, each with a line to its rows, and one from where in the network these are. */
function rowNames({ grid, cube, scales, inks, layers }: CubeInput): readonly Shape[] {
  const { matrix, height } = cube.front;
  const names = namesOfRows(grid.groups, scales.rows);
  const each = height / Math.max(1, layers);
  const { shapes, lefts } = rowNameShapes(names, matrix, MARGIN.left - NAMES_FROM - NAMES_TO, inks);
  const lines = names.flatMap(({ at, groups }, i) =>
    groups.flatMap((group) =>
      group.layers.map((layer) => [
        { x: STRIP.x + STRIP.width + 1, y: matrix.f + (layer + 0.5) * each },
        { x: NAMES_FROM - 4, y: matrix.f + at },
        { x: Math.max(NAMES_FROM - 4, lefts[i] ?? 0), y: matrix.f + at },
      ]),
    ),
  );
  const shared = sharedInWords(names);
  return [
    { kind: 'lines', lines, stroke: { color: inks.line, width: 0.8 } },
    ...shapes,
    ...(shared === null
      ? []
      : [
          {
            kind: 'text',
            at: { x: STRIP.x - 1, y: matrix.f + height + 28 },
            text: shared,
            color: inks.muted,
            size: 10,
            anchor: 'start',
          } as const,
        ]),
  ];
}

/** All layers of the network as a strip; the ones on the front are filled. */
function network({ grid, cube, inks, layers }: CubeInput): Shape[] {
  const { matrix, height } = cube.front;
  const top = matrix.f;
  const each = height / Math.max(1, layers);
  const cell = (layer: number): Point[] =>
    rectangle(
      { a: 1, b: 0, c: 0, d: 1, e: STRIP.x, f: top + layer * each },
      0,
      each > 3 ? 0.5 : 0,
      STRIP.width,
      each > 3 ? each - 0.5 : each,
    );
  const active = new Set(grid.groups.flatMap((group) => group.layers));
  const rest = Array.from({ length: layers }, (_, i) => i).filter((i) => !active.has(i));
  return [
    { kind: 'polygons', polygons: rest.map(cell), fill: inks.line, opacity: 0.6 },
    { kind: 'polygons', polygons: [...active].map(cell), fill: inks.muted },
    {
      kind: 'text',
      at: { x: STRIP.x - 1, y: top + height + 15 },
      text: `${active.size} of ${layers} layers`,
      color: inks.muted,
      size: 10,
      anchor: 'start',
    },
  ];
}

/** Along the lower edge of the right face, where the cube leaves room. */
function classNames({ grid, cube, scales, inks, unfolded, className }: CubeInput): Shape[] {
  const { matrix, height } = cube.right;
  const labels = grid.columns.flatMap((column) => {
    const ends = visible(scales.classes, column);
    if (!ends) return [];
    const text = shortened(className(column.class), 80, TEXT);
    return [{ at: (ends[0] + ends[1]) / 2, text, weight: ends[1] - ends[0] }];
  });
  // One under the other, along an edge that rises or, unfolded, does not; or beside each other.
  const under = (TEXT + 2) / Math.max(Math.abs(matrix.b), 0.95 * unfolded * matrix.a);
  const beside = (Math.max(...labels.map(({ text }) => widthOf(text, TEXT))) + TEXT) / matrix.a;
  // They are turned only where they have no room to lie, as 6 and 9 are each other's turned.
  const lies = labels.slice(1).every(({ at }, i) => at - (labels[i]?.at ?? 0) >= beside);
  const turned = lies ? 0 : unfolded;
  return withRoom(labels, Math.min(under, beside)).map(({ at, text }) => {
    const { x, y } = apply(matrix, { x: at, y: height });
    const aside = lies ? -widthOf(text, TEXT) / 2 - 6 : -8;
    return {
      kind: 'text',
      at: { x: x + 6 + aside * unfolded, y: y + 9 + (lies ? 5 : 2) * unfolded },
      text,
      color: inks.muted,
      size: TEXT,
      anchor: 'start',
      rotate: 55 * turned,
    };
  });
}

/** Iterations, or their epochs or times, below the front, with marks where classes flip; beside the top once it is unfolded. */
function iterations(input: CubeInput): Shape[] {
  const { grid, cube, scales, inks, unfolded } = input;
  const { matrix, height, width } = cube.front;
  const marks = grid.steps.flatMap((step) => {
    const x = toX(scales.time, step);
    if (x < 0 || x > width) return [];
    return [
      [
        apply(matrix, { x, y: height + MARKS.from }),
        apply(matrix, { x: x + 3, y: height + MARKS.from + MARKS.height }),
        apply(matrix, { x: x - 3, y: height + MARKS.from + MARKS.height }),
      ],
    ];
  });
  const ticks = input.ticks.map(({ step, text }) => ({ text, x: toX(scales.time, step) }));
  const name = (at: Point, text: string, anchor: 'middle' | 'end'): Shape => ({
    kind: 'text',
    at,
    text,
    color: inks.muted,
    size: 10,
    anchor,
  });
  const beside = ticks.map(({ text, x }) => {
    const { x: left, y } = apply(cube.top.matrix, { x, y: 0 });
    return name({ x: left - 6, y: y + 3 }, text, 'end');
  });
  return [
    { kind: 'polygons', polygons: marks, fill: inks.ink },
    ...ticks.map(({ text, x }) =>
      name(
        apply(matrix, { x, y: height + MARKS.from + MARKS.height + 12 }),
        text,
        x > width - 14 ? 'end' : 'middle',
      ),
    ),
    {
      kind: 'text',
      at: apply(matrix, { x: width / 2, y: height + MARKS.from + MARKS.height + 27 }),
      text: `${UNIT_NAMES[input.unit]}; ▲ anomaly iterations`,
      color: inks.muted,
      size: 10,
      anchor: 'middle',
    },
    ...(unfolded === 1 ? beside : []),
  ];
}
