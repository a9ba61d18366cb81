import type { ValuesOf } from '../../settings/setting';
import { stack, stretched, type Stacked } from '../../shell/rows';
import type { LayerIndex } from '../../wire/units';
import { byLargest, byTrend } from './matrix/order';
import type { Matrix } from './matrix/plan';
import type { Node } from './network/nodes';
import type { Chart, LayerOrder, layersSettings } from './settings';

/** Height in CSS pixels of a layer's row by what its chart is. */
export const ROW_HEIGHTS: Readonly<Record<Chart, number>> = {
  line: 48,
  horizon: 32,
  box: 84,
};

/** Above and below the pixel chart. */
export const FILTERS_PADDING = 6;
/** Of the ridge lines of a layer's filters. */
export const RIDGES_HEIGHT = 148;
/** Room for what is written beside it. */
const MIN_FILTERS_HEIGHT = 96;
const FILTER_HEIGHTS = { max: 8, all: 400 } as const;

export type LayerRow = Stacked & {
  /** Different for all rows; the `id` of its element. */
  readonly id: string;
  readonly node: Node;
} & (
    | { readonly kind: 'node'; readonly open: boolean }
    | { readonly kind: 'filters'; readonly filterHeight: number; readonly asRidges: boolean }
  );

/** CSS pixels to a filter: whole ones, so that none is left out; a pixel for many (paper 7.2). */
export const filterHeight = (filters: number): number =>
  Math.min(FILTER_HEIGHTS.max, Math.max(1, Math.floor(FILTER_HEIGHTS.all / filters)));

/** A filter can be told from those beside it in a row of so many CSS pixels. */
const LEGIBLE = 4;

/** Chooses what shows a filter that changes unlike the others of its layer: they come first. */
export function showFilters(settings: ValuesOf<typeof layersSettings>, filters: number): void {
  settings.form = 'pixels';
  settings.measure = 'change';
  settings.normalize = 'iteration';
  settings.filterOrder = 'value';
  if ((settings.rowHeight || filterHeight(filters)) < LEGIBLE) settings.rowHeight = 2 * LEGIBLE;
}

/** The nodes that no closed module hides, in network order. */
export function visibleNodes(
  nodes: readonly Node[],
  isOpen: (node: Node) => boolean,
): readonly Node[] {
  const visible: Node[] = [];
  for (let i = 0; i < nodes.length;) {
    const node = nodes[i] as Node;
    visible.push(node);
    i += node.layer === null && !isOpen(node) ? 1 + node.below : 1;
  }
  return visible;
}

/**
 * The nodes in another order than the network's. They cannot stand below their modules
 * then: only those are left that are not opened into others.
 *
 * @param values float32[nodes, dumps]: what is compared
 * @param at position of the dump at which it is compared
 */
export function sortNodes(
  visible: readonly Node[],
  isOpen: (node: Node) => boolean,
  order: LayerOrder,
  { values, columns }: Matrix,
  at: number,
): readonly Node[] {
  if (order === 'network') return visible;
  const frontier = visible.filter((node) => node.layer !== null || !isOpen(node));
  const of = (node: Node): Float32Array =>
    values.subarray(node.index * columns, (node.index + 1) * columns);
  const sorted =
    order === 'value'
      ? byLargest(frontier.map((node) => of(node)[at] ?? NaN))
      : byTrend({ values: joined(frontier.map(of), columns), rows: frontier.length, columns });
  return sorted.map((i) => frontier[i] as Node);
}

/** How high rows are, and the filters of the open layers. */
export interface RowSizes {
  /** Height of the area that the list has, in CSS pixels. */
  readonly room?: number;
  /** CSS pixels to a filter where they are shown as images; null where they are not. */
  readonly image?: (layer: LayerIndex) => number | null;
  /** CSS pixels to a filter; 0 makes all of them fit where they can. */
  readonly row?: number;
  /** Whether filters are not shown one by one, but as ridge lines. */
  readonly ridges?: boolean;
}

/** A row for each node, and one for the filters of each layer that is open. */
export function planRows(
  nodes: readonly Node[],
  isOpen: (node: Node) => boolean,
  chart: Chart,
  { room = 0, image = () => null, row: rowHeight = 0, ridges = false }: RowSizes = {},
): readonly LayerRow[] {
  const height = ROW_HEIGHTS[chart];
  const rows = nodes.flatMap((node) => {
    const id = `node-${node.index}`;
    const row = { kind: 'node', id, node, open: isOpen(node), height } as const;
    if (node.layer === null || !row.open) return [row];
    const own = image(node.layer);
    const each = own ?? (rowHeight || filterHeight(node.filters));
    const asRidges = ridges && own === null;
    const filters = {
      kind: 'filters',
      id: `filters-${node.index}`,
      node,
      filterHeight: each,
      asRidges,
      height: asRidges
        ? RIDGES_HEIGHT + 2 * FILTERS_PADDING
        : Math.max(MIN_FILTERS_HEIGHT, node.filters * each + 2 * FILTERS_PADDING),
    } as const;
    return [row, filters];
  });
  const isFilters = ({ kind }: { readonly kind: string }): boolean => kind === 'filters';
  const opened = rows.filter(isFilters).reduce((sum, row) => sum + row.height, 0);
  return stack(stretched(rows, room - opened, isFilters));
}

function joined(rows: readonly Float32Array[], columns: number): Float32Array {
  const out = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    out.set(row, i * columns);
  });
  return out;
}
