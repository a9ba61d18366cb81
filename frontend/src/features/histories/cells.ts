/** What is written of an image. */
import type { Sort } from './plan';
import type { Item } from './wire';

/** 0 correct, 1 wrong, NaN not evaluated, at each validation. */
export const resultsOf = ({ predicted, label }: Item): Float32Array =>
  Float32Array.from(predicted, (each) => (each < 0 ? NaN : each === label ? 0 : 1));

const fixed = (value: number, digits: number): string =>
  Number.isNaN(value) ? '–' : value.toFixed(digits).replace('-', '−');

/** A score as people read it; columns of it align. */
export function written(item: Item, sort: Sort, formatStep: (step: number) => string): string {
  const at = (step: number | null): string => (step === null ? 'never' : formatStep(step));
  switch (sort) {
    case 'suspicion':
    case 'confidence':
    case 'variability':
      return fixed(item[sort], 3);
    case 'margin':
      return fixed(item.margin, 2);
    case 'learned_at':
      return at(item.learnedAt);
    case 'settled_at':
      return at(item.settledAt);
    case 'log':
      return formatStep(item.row);
    default:
      return formatStep(item[sort]);
  }
}
