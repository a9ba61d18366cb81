/** What the inspector shows when nothing is under the pointer; part of the address. */
import type { ClassIndex, FilterIndex, ImageIndex, LayerIndex, NodeIndex } from '../wire/units';
import type { Field } from '../settings/codec';

export type Selection =
  | { readonly kind: 'cluster'; readonly cluster: number }
  | { readonly kind: 'class'; readonly class: ClassIndex }
  | { readonly kind: 'image'; readonly class: ClassIndex; readonly image: ImageIndex }
  | { readonly kind: 'layer'; readonly node: NodeIndex }
  | { readonly kind: 'filter'; readonly layer: LayerIndex; readonly filter: FilterIndex };

/** The numbers that make up each kind, in the order in which the address has them. */
const PARTS: { readonly [K in Selection['kind']]: readonly string[] } = {
  cluster: ['cluster'],
  class: ['class'],
  image: ['class', 'image'],
  layer: ['node'],
  filter: ['layer', 'filter'],
};

export const selectionField = (letter: string): Field<Selection | null> => ({
  letter,
  initial: null,
  write: (value) => {
    if (value === null) return [];
    const numbers = new Map<string, unknown>(Object.entries(value));
    return [value.kind, ...PARTS[value.kind].map((part) => String(numbers.get(part)))];
  },
  read: ([kind = '', ...texts]) => {
    const parts = new Map<string, readonly string[]>(Object.entries(PARTS)).get(kind);
    if (parts?.length !== texts.length || !texts.every((each) => /^\d{1,15}$/.test(each))) {
      return undefined;
    }
    const numbers = parts.map((part, i) => [part, Number(texts[i])]);
    return { kind, ...Object.fromEntries(numbers) } as Selection;
  },
});
