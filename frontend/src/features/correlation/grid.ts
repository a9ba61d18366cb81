/**
 * The grid of layers against classes (paper, section 7.3): where its rows and columns lie
 * and what is in its cells. Positions run from 0 to 1 along either axis; a scale maps the
 * part that is on screen to pixels.
 */
import { cellOf, type Cell } from './cells';
import type { Chance, Correlation, MiniSet } from './wire';
import type { ClassIndex, LayerIndex, Step } from '../../wire/units';

export const DETAILS = ['abstract', 'advanced'] as const;
/** Abstract: equal rows and columns. Advanced: as large as what they hold. */
export type Detail = (typeof DETAILS)[number];

/** Of the height that a layer has on average, what it has at least: no layer is too thin to be seen. */
const MIN_ROW = 0.35;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A mini-set as a band of rows, one a filter. */
export interface SetRow extends Span, MiniSet {
  /** Position in the correlation's list. */
  readonly index: number;
  /** Row of its first filter, of all filters of all mini-sets in the correlation's order. */
  readonly row: number;
  /** Position of its group. */
  readonly group: number;
  /** 1 where it appears: uint8[anomaly iterations]. */
  readonly at: Uint8Array;
}

/** The rows of one layer, or of one module. */
export interface Group extends Span {
  readonly name: string;
  readonly layers: readonly LayerIndex[];
  /** Its mini-sets are `sets[first]` to `sets[end - 1]`. */
  readonly first: number;
  readonly end: number;
  /** Number of filters of these. */
  readonly filters: number;
}

export interface Column extends Span {
  readonly class: ClassIndex;
  readonly steps: readonly Step[];
  /** Positions of its steps among all anomaly iterations. */
  readonly at: readonly number[];
}

export interface Grid {
  readonly detail: Detail;
  readonly groups: readonly Group[];
  /** From top to bottom. */
  readonly sets: readonly SetRow[];
  /** From left to right. */
  readonly columns: readonly Column[];
  /** All anomaly iterations, ascending. */
  readonly steps: readonly Step[];
  /** int32[groups, columns]: number of anomaly filters. */
  readonly counts: Int32Array;
  /** [groups, columns]: what these are against what chance makes. */
  readonly cells: readonly Cell[];
}

export interface GridInput {
  readonly correlation: Correlation;
  /** Null while it is not known: then all is as expected. */
  readonly chance: Chance | null;
  readonly detail: Detail;
  /** Positions of the classes, from left to right. */
  readonly order: readonly number[];
  /** What row a layer is in: its own name, or its module's. */
  readonly rowOf: (layer: LayerIndex) => string;
}

export function planGrid({ correlation, chance, detail, order, rowOf }: GridInput): Grid {
  const { layers, classes, miniSets } = correlation;
  const steps = [...new Set(classes.flatMap((each) => each.steps))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));

  const rows: number[] = [];
  miniSets.reduce((before, { filters: own }) => {
    rows.push(before);
    return before + own.length;
  }, 0);

  const columns = divide(
    order.map((i) => ({
      class: classes[i]?.class ?? 0,
      steps: classes[i]?.steps ?? [],
      at: (classes[i]?.steps ?? []).map((step) => place.get(step) ?? 0),
    })),
    ({ steps: own }) => (detail === 'abstract' ? 1 : own.length),
  );

  const bySets = Map.groupBy(miniSets.keys(), (i) => rowOf(miniSets[i]?.layer ?? 0));
  const byLayers = Map.groupBy(layers.keys(), (i) => rowOf(layers[i] ?? 0));
  // A row whose mini-sets are all left out has nothing to show.
  const named = [...byLayers].filter(([name]) => bySets.has(name));
  const total = (indices: readonly number[]): number =>
    indices.reduce((sum, i) => sum + (miniSets[i]?.filters.length ?? 0), 0);
  const placed = divide(
    named.map(([name, lines]) => {
      const own = bySets.get(name) ?? [];
      return { name, lines, own, filters: total(own) };
    }),
    (group) => (detail === 'abstract' ? 1 : group.filters),
    MIN_ROW / named.length,
  );

  const sets: SetRow[] = [];
  const groups = placed.map(({ name, lines, own, filters: count, from, to }, group): Group => {
    const first = sets.length;
    // Those that appear most lie on top, so that long lines lie together.
    const ranked = own.toSorted(
      (a, b) => (miniSets[b]?.appearances ?? 0) - (miniSets[a]?.appearances ?? 0) || a - b,
    );
    let above = 0;
    for (const index of ranked) {
      const set = miniSets[index] as MiniSet;
      const at = new Uint8Array(steps.length);
      for (const step of set.steps) at[place.get(step) ?? -1] = 1;
      const top = from + ((to - from) * above) / count;
      above += set.filters.length;
      const bottom = from + ((to - from) * above) / count;
      sets.push({ ...set, from: top, to: bottom, index, row: rows[index] ?? 0, group, at });
    }
    const layersOf = lines.map((i) => layers[i] ?? 0);
    return { name, layers: layersOf, first, end: sets.length, filters: count, from, to };
  });

  const cells = placed.flatMap(({ lines }) =>
    order.map((column) => cellOf(correlation, chance, lines, column)),
  );
  const counts = Int32Array.from(cells, ({ observed }) => observed);
  return { detail, groups, sets, columns, steps, counts, cells };
}

/**
 * Divides the range from 0 to 1 in proportion to the items' weights.
 *
 * @param min share of the weights that every item has at least
 */
function divide<T>(items: readonly T[], weight: (item: T) => number, min = 0): (T & Span)[] {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const weights = items.map(weight);
  const smallest = min * sum(weights);
  const rooms = weights.map((each) => Math.max(each, smallest));
  const total = sum(rooms);
  let before = 0;
  return items.map((item, i) => {
    const from = before / total;
    before += rooms[i] ?? 0;
    return { ...item, from, to: before / total };
  });
}

/** Position of the span that holds `at`; -1 if none does. */
export function spanAt(spans: readonly Span[], at: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.to ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const found = spans[low];
  return found && found.from <= at && at < found.to ? low : -1;
}

/** Where the line of a column's k-th anomaly iteration is. */
export const lineAt = (column: Column, k: number): number =>
  column.from + ((column.to - column.from) * (k + 0.5)) / column.steps.length;

/** How many of a column's anomaly iterations a mini-set appears at. */
export function timesTogether(set: SetRow, column: Column): number {
  let times = 0;
  for (const i of column.at) times += set.at[i] ?? 0;
  return times;
}

/** The cell that picks are in; undefined if they are no cell. */
export function cellAt(
  { groups, columns, cells }: Grid,
  [pick]: readonly { readonly layer: LayerIndex | null; readonly class: ClassIndex | null }[],
): Cell | undefined {
  const row = groups.findIndex(({ layers }) => layers.some((layer) => layer === pick?.layer));
  const column = columns.findIndex((each) => each.class === pick?.class);
  return row < 0 || column < 0 ? undefined : cells[row * columns.length + column];
}
