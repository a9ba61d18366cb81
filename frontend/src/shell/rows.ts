/** Rows of a long list: where they lie, and which are on screen. */
export interface Stacked {
  /** Distance from the top of the list in CSS pixels. */
  readonly top: number;
  readonly height: number;
}

export function stack<T extends { readonly height: number }>(rows: readonly T[]): (T & Stacked)[] {
  let top = 0;
  return rows.map((row) => {
    const stacked = { ...row, top };
    top += row.height;
    return stacked;
  });
}

/** By how much rows are higher at most where there is room for it. */
const MAX_STRETCH = 2;
/** Below a list that uses its area, in CSS pixels. */
const LIST_MARGIN = 12;

/**
 * Rows that use the area of their list, within limits. What is opened below some of them
 * keeps its height, and makes the others no lower.
 *
 * @param room - height of the area in CSS pixels
 * @param isOpened - whether a row is what was opened below another
 */
export function stretched<T extends { readonly height: number }>(
  rows: readonly T[],
  room: number,
  isOpened: (row: T) => boolean,
): readonly T[] {
  const height = rows.reduce((sum, row) => sum + (isOpened(row) ? 0 : row.height), 0);
  const factor = Math.min(MAX_STRETCH, Math.max(1, (room - LIST_MARGIN) / Math.max(1, height)));
  return rows.map((row) =>
    isOpened(row) ? row : { ...row, height: Math.floor(factor * row.height) },
  );
}

export function totalHeight(rows: readonly Stacked[]): number {
  const last = rows.at(-1);
  return last ? last.top + last.height : 0;
}

/** The rows between two distances from the top, and a few more against flicker. */
export function visibleRows<T extends Stacked>(
  rows: readonly T[],
  from: number,
  to: number,
  margin = 200,
): readonly T[] {
  return rows.slice(firstBelow(rows, from - margin), firstBelow(rows, to + margin) + 1);
}

/** Position of the first row that ends below a distance from the top. */
function firstBelow(rows: readonly Stacked[], distance: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && row.top + row.height <= distance) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a key is pressed on a list itself, not on what is in it, and is no shortcut. */
export const isOwnKey = (event: KeyboardEvent): boolean =>
  !(event.ctrlKey || event.metaKey || event.altKey) && event.target === event.currentTarget;

/**
 * The row that a key on the list leads to; null if it is not one that moves.
 *
 * @param active - the row that is active; -1: none
 * @param page - how many rows a page has
 * @param rows - how many there are
 */
export function rowOfKey(
  event: KeyboardEvent,
  active: number,
  page: number,
  rows: number,
): number | null {
  if (!isOwnKey(event)) return null;
  const to = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: rows - 1,
  }[event.key];
  return to === undefined ? null : Math.max(0, Math.min(rows - 1, to));
}

/** How many rows of a height a page down goes over, so that one stays to be seen. */
export const pageOf = (viewport: number, row: number): number =>
  Math.max(1, Math.floor(viewport / row) - 1);
