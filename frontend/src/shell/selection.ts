/** What the inspector shows when nothing is under the pointer; part of the address. */
import type { Codec } from '../settings/codec';

/** Something of a kind, told by numbers, for example `{ kind: 'class', class: 3 }`. */
export interface Selection {
  readonly kind: string;
  readonly [part: string]: string | number;
}

type Selected<Name extends string, Part extends string> = Selection & {
  readonly kind: Name;
} & Readonly<Record<Part, number>>;

/** What the shell needs of a kind. */
export interface AnyKind {
  readonly name: string;
  readonly parts: readonly string[];
  readonly view: string;
  readonly is: (selection: Selection | null) => boolean;
}

/** What can be selected, as its feature declares it. */
export class Kind<Name extends string, Part extends string> implements AnyKind {
  /**
   * @param name in the address
   * @param parts the numbers that tell one from the others, in the order in which the address has them
   * @param view the view that shows it
   */
  constructor(
    readonly name: Name,
    readonly parts: readonly Part[],
    readonly view: string,
  ) {}

  is(selection: Selection | null): selection is Selected<Name, Part> {
    return selection?.kind === this.name;
  }
}

export const selectionCodec = (kinds: ReadonlyMap<string, AnyKind>): Codec<Selection | null> => ({
  write: (value) => {
    const parts = value ? kinds.get(value.kind)?.parts : undefined;
    return value && parts ? [value.kind, ...parts.map((part) => String(value[part]))] : [];
  },
  read: ([name = '', ...words]) => {
    const parts = kinds.get(name)?.parts;
    if (parts?.length !== words.length || !words.every((word) => /^\d{1,15}$/.test(word))) {
      return undefined;
    }
    return { kind: name, ...Object.fromEntries(parts.map((part, i) => [part, Number(words[i])])) };
  },
});
