/** Grows by one whenever a run has become about a quarter longer. */
export const generation = (length: number): number =>
  length > 0 ? Math.floor(3 * Math.log2(length)) : -1;
