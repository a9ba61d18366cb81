/** Where the iterations of another run are among those of the shown one. */
import { bisectRight } from 'd3-array';

import type { Step } from '../../wire/units';

/** What iterations of a run are on an axis that never falls, such as its epochs. */
export interface Places {
  readonly steps: readonly Step[];
  readonly places: ArrayLike<number>;
}

/**
 * The iterations of the shown run at which it was as far as the other one at each of its own:
 * between two of them in proportion, beyond its ends as fast as on the average.
 */
export function among(shown: Places, other: Places): readonly Step[] {
  const { steps, places } = shown;
  const last = steps.length - 1;
  if (last < 1) return other.steps;
  const place = (i: number): number => places[i] ?? NaN;
  const step = (i: number): number => steps[i] ?? NaN;
  const known = Array.from(places);
  const pace = (step(last) - step(0)) / (place(last) - place(0));
  return other.steps.map((own, i) => {
    const at = other.places[i] ?? NaN;
    if (!Number.isFinite(pace)) return own;
    if (at < place(0)) return step(0) + (at - place(0)) * pace;
    if (at >= place(last)) return step(last) + (at - place(last)) * pace;
    const right = bisectRight(known, at);
    const share = (at - place(right - 1)) / (place(right) - place(right - 1));
    return step(right - 1) + share * (step(right) - step(right - 1));
  });
}

/** Where each validation of a run first holds. */
export function firstPlaces(
  validations: readonly (Step | null)[],
  at: ArrayLike<number>,
): { readonly steps: readonly Step[]; readonly places: readonly number[] } {
  const [steps, places]: [Step[], number[]] = [[], []];
  validations.forEach((step, i) => {
    if (step === null || step === steps.at(-1)) return;
    steps.push(step);
    places.push(at[i] ?? NaN);
  });
  return { steps, places };
}
