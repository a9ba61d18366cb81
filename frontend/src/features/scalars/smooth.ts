/**
 * TensorBoard's smoothing: an exponential moving average from 0, divided by what it would be of
 * ones (so that it does not begin at 0). What is not finite stays as it is and counts for nothing.
 *
 * @param weight of what was before, 0 (no smoothing) to below 1
 */
export function smoothed(values: readonly number[], weight: number): readonly number[] {
  // An average of equal values may be a rounding error away from them.
  if (weight === 0 || values.every((value) => value === values[0])) return values;
  let [last, share] = [0, 1];
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    share *= weight;
    return last / (1 - share);
  });
}
