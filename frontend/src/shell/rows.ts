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
