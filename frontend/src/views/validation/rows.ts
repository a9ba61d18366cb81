import type { Clusters } from '../../wire/api';
import type { ClassIndex } from '../../wire/units';
import { stack, type Placed } from '../rows';

export const CLUSTER_HEIGHT = 34;
export const CLASS_HEIGHT = 28;
/** Above and below a pixel chart. */
export const CHART_MARGIN = 6;
/** With few classes everything fits on the screen, so nothing has to be opened first. */
const OPEN_UP_TO = 24;

const CHART_HEIGHT = 240;
const MIN_CHART_HEIGHT = 18;
const ROW_HEIGHT = { least: 1 / 32, initial: { least: 1, most: 10 }, most: 40 } as const;

/** Height of an image's row in CSS pixels: as many as fit, times the zoom. */
export function imageRowHeight(images: number, zoom: number): number {
  const { least, initial, most } = ROW_HEIGHT;
  const fitting = Math.floor(CHART_HEIGHT / Math.max(1, images));
  const height = Math.min(initial.most, Math.max(initial.least, fitting));
  return Math.min(most, Math.max(least, height * zoom));
}

export type ValidationRow = Placed & { readonly key: string } & (
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
        readonly cluster: number;
        readonly open: boolean;
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
  readonly openClusters: readonly number[];
  readonly openClasses: readonly ClassIndex[];
  readonly rowZoom: number;
  /** Classes that may be shown; null for all. */
  readonly only: ReadonlySet<ClassIndex> | null;
}

/** The clusters that are open before anybody opened or closed one. */
export function initiallyOpen(clusters: Clusters): readonly number[] {
  const classes = clusters.clusters.reduce((sum, cluster) => sum + cluster.classes.length, 0);
  return classes <= OPEN_UP_TO ? clusters.clusters.map((_, i) => i) : [];
}

/** Clusters from easy to hard, in open ones their classes, in open ones their images. */
export function planRows(input: RowInput): readonly ValidationRow[] {
  const { only } = input;
  const rows: DistributiveOmit<ValidationRow, 'top'>[] = [];
  input.clusters.clusters.forEach(({ classes: names, errorRate }, cluster) => {
    const classes = names
      .map((name) => input.classByName.get(name))
      .filter((index) => index !== undefined)
      .filter((index) => only === null || only.has(index));
    if (classes.length === 0 && names.length > 0) return;
    const open = input.openClusters.includes(cluster);
    rows.push({
      key: `cluster-${cluster}`,
      kind: 'cluster',
      height: CLUSTER_HEIGHT,
      cluster,
      classes,
      errorRate,
      open,
    });
    if (!open) return;
    for (const index of classes) {
      const isOpen = input.openClasses.includes(index);
      rows.push({
        key: `class-${index}`,
        kind: 'class',
        height: CLASS_HEIGHT,
        class: index,
        cluster,
        open: isOpen,
      });
      if (!isOpen) continue;
      const images = input.images[index] ?? 0;
      const rowHeight = imageRowHeight(images, input.rowZoom);
      rows.push({
        key: `images-${index}`,
        kind: 'images',
        height: Math.max(images * rowHeight, MIN_CHART_HEIGHT) + 2 * CHART_MARGIN,
        class: index,
        images,
        rowHeight,
      });
    }
  });
  return stack(rows);
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
