/** The generalisation gap of each class over time: of one set's errors to another's. */
import { nearest } from '../../axis/scale';
import { gapOverTime } from './plan';
import type { ClassRates } from './wire';

export interface Gap {
  readonly name: string;
  /** Float32[validations of the first set]: NaN where one of them has none. */
  readonly gap: Float32Array;
}

/** Classes of both sets, the largest gap at a step first; and the largest there is at any. */
export function gapsOf(
  own: ClassRates,
  other: ClassRates,
  step: number,
): { readonly classes: readonly Gap[]; readonly most: number } {
  const at = nearest(own.steps, step);
  const classes = [...own.classes].flatMap(([name, rates]): Gap[] => {
    const others = other.classes.get(name);
    return others ? [{ name, gap: gapOverTime(own.steps, rates, other.steps, others) }] : [];
  });
  const valueAt = ({ gap }: Gap): number => {
    const value = gap[at] ?? NaN;
    return Number.isNaN(value) ? -Infinity : value;
  };
  classes.sort((a, b) => valueAt(b) - valueAt(a));
  let most = 0.01;
  for (const { gap } of classes) for (const each of gap) most = Math.max(most, Math.abs(each) || 0);
  return { classes, most };
}
