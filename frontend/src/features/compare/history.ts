import { resultOf, type Results } from '../images/api';

/** What became of an image: float32[validations], 0 correct, 1 wrong, NaN not evaluated. */
export const historyOf = (data: Results, row: number): Float32Array =>
  Float32Array.from(data.steps, (_, i) => {
    const result = resultOf(data, row, i);
    return result < 0 ? NaN : 1 - result;
  });
