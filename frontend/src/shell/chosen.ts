/** Which runs are chosen: the one that is shown, and those it is compared with. */
type Names = readonly string[];

/**
 * The chosen runs when others are compared with the shown one.
 *
 * @param before chosen so far: they keep their places, and with these their colours
 * @returns with the shown run among them; empty if there is no other
 */
export function chosenWith(shown: string | null, before: Names, compared: Names): Names {
  const wanted = new Set([...(shown === null ? [] : [shown]), ...compared]);
  if (wanted.size < 2) return [];
  return [...new Set([...before, ...wanted])].filter((name) => wanted.has(name));
}

/** The chosen runs when one of them, or another in the place of the shown one, is shown. */
export const shownInstead = (run: string, shown: string | null, chosen: Names): Names =>
  chosen.includes(run) ? chosen : chosen.map((name) => (name === shown ? run : name));
