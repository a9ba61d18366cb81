/** Going through what a face shows with the arrow keys: rows, and the stops of a row. */
import { ANYTHING, pickSet, type Pick } from './picks';
import type { Grid } from './grid';

/** What the arrows go through: layers by classes, mini-sets by iterations, classes by iterations. */
export type Walk = 'grid' | 'filters' | 'classes';

export interface Cursor {
  readonly row: number;
  /** Which of the row's stops; -1 means the row as a whole. */
  readonly stop: number;
}

const rowsOf = (grid: Grid, walk: Walk): number => {
  if (walk === 'classes') return grid.columns.length;
  return walk === 'grid' && grid.detail === 'abstract' ? grid.groups.length : grid.sets.length;
};

/** What each stop of a row picks, from left to right. */
export function stopsOf(grid: Grid, walk: Walk, row: number): readonly (readonly Pick[])[] {
  const column = grid.columns[row];
  const set = grid.sets[row];
  if (walk === 'classes') {
    return (column?.steps ?? []).map((step) => [
      { ...ANYTHING, class: column?.class ?? null, step },
    ]);
  }
  if (walk === 'filters') {
    return grid.steps.map((step) => (set ? [{ ...pickSet(set), step }] : []));
  }
  if (grid.detail === 'abstract') {
    const { layers = [] } = grid.groups[row] ?? {};
    return grid.columns
      .filter((_, x) => (grid.counts[row * grid.columns.length + x] ?? 0) > 0)
      .map((each) => layers.map((layer) => ({ ...ANYTHING, layer, class: each.class })));
  }
  if (!set) return [];
  return grid.columns.flatMap((each) =>
    each.steps
      .filter((_, k) => set.at[each.at[k] ?? -1])
      .map((step) => [{ ...pickSet(set), class: each.class, step }]),
  );
}

/** What the cursor is on. */
export function pickAt(grid: Grid, walk: Walk, { row, stop }: Cursor): readonly Pick[] {
  if (stop >= 0) return stopsOf(grid, walk, row)[stop] ?? [];
  const column = grid.columns[row];
  if (walk === 'classes') return column ? [{ ...ANYTHING, class: column.class }] : [];
  if (walk === 'grid' && grid.detail === 'abstract') {
    return (grid.groups[row]?.layers ?? []).map((layer) => ({ ...ANYTHING, layer }));
  }
  const set = grid.sets[row];
  return set ? [pickSet(set)] : [];
}

/** Where an arrow key leads; the first one enters the face. */
export function moveCursor(
  grid: Grid,
  walk: Walk,
  cursor: Cursor | null,
  key: string,
  far: number,
): Cursor | null {
  const rows = rowsOf(grid, walk);
  if (rows === 0 || !/^Arrow|^Home$|^End$/.test(key)) return null;
  if (!cursor) return { row: 0, stop: -1 };
  const by = { ArrowUp: -far, ArrowDown: far, Home: -rows, End: rows }[key] ?? 0;
  // Classes are walked towards where the arrow points: the first lies at the bottom.
  const row = clamp(cursor.row + (walk === 'classes' ? -by : by), 0, rows - 1);
  const last = stopsOf(grid, walk, row).length - 1;
  const aside = { ArrowLeft: -far, ArrowRight: far }[key] ?? 0;
  return { row, stop: clamp(cursor.stop + aside, -1, last) };
}

const clamp = (value: number, min: number, max: number): number =>
  Math.min(max, Math.max(min, value));
