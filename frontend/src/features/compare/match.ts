/**
 * Where images of one image set are in another, by their ids.
 *
 * @returns int32[ids]: positions in `others`, -1 for none
 */
export function match(
  ids: readonly (string | number)[],
  others: readonly (string | number)[],
): Int32Array {
  const rows = new Map(others.map((id, row) => [String(id), row]));
  return Int32Array.from(ids, (id) => rows.get(String(id)) ?? -1);
}

/** The same the other way round. */
export function reversed(rows: Int32Array, length: number): Int32Array {
  const back = new Int32Array(length).fill(-1);
  rows.forEach((row, i) => {
    if (row >= 0) back[row] = i;
  });
  return back;
}
