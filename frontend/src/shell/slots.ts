/** Places of a feature that others fill: it shows what is in them, and need not know them. */
export class Slot<T> {
  fill(value: T): Filling {
    return { slot: this, value };
  }

  /** What the slot is filled with, in the order of the list of features. */
  in(fillings: readonly Filling[]): readonly T[] {
    return fillings.flatMap(({ slot, value }) => (slot === this ? [value as T] : []));
  }
}

export interface Filling {
  readonly slot: unknown;
  readonly value: unknown;
}
