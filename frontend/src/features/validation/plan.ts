/** The list of the Validation View: clusters, in open ones their classes, in open ones their images. */
import { stack, stretched, type Stacked } from '../../shell/rows';
import type { ClassIndex } from '../../wire/units';
import type { Clusters } from './wire';

export const CLUSTER_HEIGHT = 34;
export const CLASS_HEIGHT = 28;
/** Above and below a pixel chart. */
export const CHART_MARGIN = 6;
/** With few classes everything fits on the screen, so nothing has to be opened first. */
const OPEN_UP_TO = 24;

const CHART_HEIGHT = 240;
/** Room for what is said beside the chart. */
const MIN_CHART_HEIGHT = 36;
const ROW_HEIGHT = { min: 1 / 32, initial: { min: 1, max: 10 }, max: 40 } as const;

/** Height of an image's row in CSS pixels: as many as fit, times the zoom. */
export function imageRowHeight(images: number, zoom: number): number {
  const { min, initial, max } = ROW_HEIGHT;
  const fitting = Math.floor(CHART_HEIGHT / Math.max(1, images));
  const height = Math.min(initial.max, Math.max(initial.min, fitting));
  return Math.min(max, Math.max(min, height * zoom));
}

export type ValidationRow = Stacked & {
  readonly key: string;
  /** Depth in the list, from 1. */
  readonly level: number;
} & (
    | {
        readonly kind: 'cluster';
        readonly cluster: number;
        readonly classes: readonly ClassIndex[];
        readonly errorRate: Float32Array;
        readonly open: boolean;
      }
    | {
        readonly kind: 'class';
        readonly class: ClassIndex;
        readonly open: boolean;
        /** Whose only class it is, which has no row of its own. */
        readonly cluster?: number;
      }
    | {
        readonly kind: 'images';
        readonly class: ClassIndex;
        readonly images: number;
        readonly rowHeight: number;
      }
  );

export interface RowInput {
  readonly clusters: Clusters;
  readonly classByName: ReadonlyMap<string, ClassIndex>;
  /** Number of images of each class. */
  readonly images: readonly number[];
  /** Classes that come first, whatever else is asked for. */
  readonly pinned: readonly ClassIndex[];
  /** All classes in one list, in the order they have there; null lists them by cluster. */
  readonly ranking: readonly ClassIndex[] | null;
  readonly isShown: (index: ClassIndex) => boolean;
  readonly isClusterOpen: (cluster: number) => boolean;
  readonly isOpen: (index: ClassIndex) => boolean;
  readonly rowZoom: number;
  /** Height of the area that the list has, in CSS pixels. */
  readonly room: number;
}

export interface Rows {
  readonly rows: readonly ValidationRow[];
  /** Height of those of the pinned classes, which come first. */
  readonly pinnedHeight: number;
}

/** Whether clusters are open before anybody opened or closed one. */
export function opensItself(clusters: Clusters, isFiltered: boolean): boolean {
  const classes = clusters.clusters.reduce((sum, cluster) => sum + cluster.classes.length, 0);
  return isFiltered || classes <= OPEN_UP_TO;
}

type Unstacked = DistributiveOmit<ValidationRow, 'top'>;

export function planRows(input: RowInput): Rows {
  const { pinned, isShown } = input;
  const isListed = (index: ClassIndex): boolean => isShown(index) && !pinned.includes(index);
  const first = pinned.flatMap((index) => classRows(input, index, 1));
  const others = input.ranking
    ? input.ranking.filter(isListed).flatMap((index) => classRows(input, index, 1))
    : clusterRows(input, isListed);
  const rows = stretched([...first, ...others], input.room, ({ kind }) => kind === 'images');
  return {
    rows: stack(rows),
    pinnedHeight: rows.slice(0, first.length).reduce((sum, { height }) => sum + height, 0),
  };
}

function clusterRows(input: RowInput, isListed: (index: ClassIndex) => boolean): Unstacked[] {
  return input.clusters.clusters.flatMap(({ classes: names, errorRate }, cluster) => {
    const classes = names
      .map((name) => input.classByName.get(name))
      .filter((index) => index !== undefined)
      .filter(isListed);
    const [only] = classes;
    if (only === undefined) return [];
    // Its class would be drawn twice.
    if (names.length === 1) {
      return classRows(input, only, 1).map((row) =>
        row.kind === 'class' ? { ...row, cluster } : row,
      );
    }
    const open = input.isClusterOpen(cluster);
    const key = `cluster-${cluster}`;
    const height = CLUSTER_HEIGHT;
    const row = {
      key,
      kind: 'cluster',
      level: 1,
      height,
      cluster,
      classes,
      errorRate,
      open,
    } as const;
    return [row, ...(open ? classes.flatMap((index) => classRows(input, index, 2)) : [])];
  });
}

function classRows(input: RowInput, index: ClassIndex, level: number): Unstacked[] {
  const open = input.isOpen(index);
  const row: Unstacked = {
    key: `class-${index}`,
    kind: 'class',
    level,
    height: CLASS_HEIGHT,
    class: index,
    open,
  };
  if (!open) return [row];
  const images = input.images[index] ?? 0;
  const rowHeight = imageRowHeight(images, input.rowZoom);
  const height = Math.max(images * rowHeight, MIN_CHART_HEIGHT) + 2 * CHART_MARGIN;
  const key = `images-${index}`;
  return [row, { key, kind: 'images', level: level + 1, height, class: index, images, rowHeight }];
}

/** Canvases are drawn in whole pieces of this height, so that scrolling seldom redraws. */
const PIECE = 512;

/** The part of a chart to draw, in CSS pixels from its top, when [from, to) of the list is seen. */
export function visiblePart(
  row: Extract<ValidationRow, { kind: 'images' }>,
  from: number,
  to: number,
): { readonly from: number; readonly to: number } {
  const height = row.images * row.rowHeight;
  const top = row.top + CHART_MARGIN;
  const first = Math.floor((from - top) / PIECE) * PIECE;
  const last = Math.ceil((to - top) / PIECE) * PIECE;
  const clamp = (y: number): number => Math.min(height, Math.max(0, y));
  return { from: clamp(first), to: clamp(last) };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
