/** What colour and form a dot has, and what these say. */
import { colormap } from '../../charts/colormaps';
import { colorOf, mix, pack, type Theme } from '../../charts/palette';
import type { Frame } from './wire';

export const COLORINGS = ['label', 'prediction', 'margin', 'change'] as const;
export type Coloring = (typeof COLORINGS)[number];
export const COLORING_NAMES: Readonly<Record<Coloring, string>> = {
  label: 'label',
  prediction: 'prediction',
  margin: 'margin',
  change: 'what happened',
};

/**
 * As many as anybody can tell apart. The first ten are as far from each other as can be for every
 * kind of colour blindness, the others as far as is left; on a dark ground, none is too dim to be
 * seen.
 */
export const CLASS_COLORS: Readonly<Record<Theme, readonly string[]>> = {
  light: [
    ...['#0085ad', '#ffad33', '#ad0a7a', '#00d6cc', '#5c47c2'],
    ...['#ff5c52', '#666600', '#d6a3ff', '#adcc8f', '#8f4747'],
    ...['#ff7aa3', '#00ad5c', '#c266e0', '#d6c25c', '#859900'],
    ...['#005ca3', '#7a5229', '#528f33', '#ad4770', '#a399d6'],
  ],
  dark: [
    ...['#008cf2', '#ffad33', '#cc00a6', '#00d6cc', '#8040ff'],
    ...['#b25900', '#597340', '#e6a6ff', '#adcc8f', '#995973'],
    ...['#ff7399', '#00ad5c', '#e640f2', '#d6c25c', '#ffff73'],
    ...['#7373bf', '#bf9933', '#528f33', '#f24099', '#a699cc'],
  ],
};
export const MOST = CLASS_COLORS.light.length;

const GREY = { light: '#9aa2ac', dark: '#717a85' } as const;
export const CHANGES = ['learned', 'forgotten', 'right', 'wrong', 'unknown'] as const;
export type Change = (typeof CHANGES)[number];
export const CHANGE_NAMES: Readonly<Record<Change, string>> = {
  learned: 'learned now',
  forgotten: 'forgotten now',
  right: 'correct, as before',
  wrong: 'wrong, as before',
  unknown: 'not known',
};
const CHANGE_COLORS: Readonly<Record<Theme, Readonly<Record<Change, string>>>> = {
  light: {
    learned: '#0b5cad',
    forgotten: '#e39a00',
    right: '#92c5de',
    wrong: '#a63603',
    unknown: GREY.light,
  },
  dark: {
    learned: '#4f9bf0',
    forgotten: '#f5b53d',
    right: '#92c5de',
    wrong: '#e0692f',
    unknown: GREY.dark,
  },
};

export const changeCss = (change: Change, theme: Theme): string => CHANGE_COLORS[theme][change];

/** The colours of classes: each its own, or of many only those that were chosen. */
export class ClassColors {
  readonly #theme: Theme;
  readonly #places: ReadonlyMap<number, number> | null;

  /** @param chosen classes in colour; none: all */
  constructor(theme: Theme, chosen: readonly number[]) {
    this.#theme = theme;
    // Chosen from more than there are colours, no two of them shall share one.
    const shared = new Set(chosen.map((index) => index % MOST)).size < chosen.length;
    this.#places =
      chosen.length > 0 ? new Map(chosen.map((index, i) => [index, shared ? i : index])) : null;
  }

  /** Whether a class has a colour of its own. */
  has(index: number): boolean {
    return index >= 0 && (this.#places?.has(index) ?? true);
  }

  css(index: number): string {
    const place = this.#places ? this.#places.get(index) : index;
    return place === undefined || place < 0
      ? GREY[this.#theme]
      : (CLASS_COLORS[this.#theme][place % MOST] ?? GREY[this.#theme]);
  }
}

export const packed = (css: string): number => pack(mix([css, css], 0));

/** Around dots whose colour may be that of the ground. */
export const edgeColor = (theme: Theme): number => packed(GREY[theme]);

/** What became of each dot since the frame before; its position in `CHANGES`. */
export function changesOf(frame: Frame, before: Frame | null): Uint8Array {
  const was = before && sameRows(frame, before) ? before.predicted : null;
  return Uint8Array.from(frame.label, (label, i) => {
    const now = frame.predicted[i] ?? -1;
    const then = was?.[i] ?? -1;
    if (now < 0) return 4;
    const [isRight, wasRight] = [now === label, then < 0 ? now === label : then === label];
    if (isRight === wasRight) return isRight ? 2 : 3;
    return isRight ? 0 : 1;
  });
}

export const sameRows = (one: Frame, other: Frame): boolean =>
  one.rows.length === other.rows.length && one.rows.every((row, i) => row === other.rows[i]);

/** The margin that has the strongest colour: nearly all are smaller. */
export function marginDomain({ margin }: Frame): number {
  const sizes = margin
    .filter((value) => !Number.isNaN(value))
    .map(Math.abs)
    .sort();
  return sizes[Math.floor(0.95 * (sizes.length - 1))] || 1;
}

export function dotColors(
  frame: Frame,
  coloring: Coloring,
  theme: Theme,
  classes: ClassColors,
  changes: Uint8Array,
): Uint32Array {
  if (coloring === 'margin') {
    const [palette, domain] = [colormap(true, theme), marginDomain(frame)];
    return Uint32Array.from(frame.margin, (value) =>
      colorOf(palette, Math.min(1, Math.max(0, value / domain / 2 + 0.5))),
    );
  }
  if (coloring === 'change') {
    const table = CHANGES.map((change) => packed(changeCss(change, theme)));
    return Uint32Array.from(changes, (change) => table[change] ?? 0);
  }
  const known = new Map<number, number>();
  const source = coloring === 'label' ? frame.label : frame.predicted;
  return Uint32Array.from(source, (index) => {
    const color = known.get(index) ?? packed(classes.css(index));
    known.set(index, color);
    return color;
  });
}

/** Positions in `FORMS`: correct ones are discs, wrong ones crosses, others rings. */
export const dotForms = ({ label, predicted }: Frame): Uint8Array =>
  Uint8Array.from(label, (each, i) => {
    const now = predicted[i] ?? -1;
    return now < 0 ? 2 : Number(now !== each);
  });

/** Radius of a dot in CSS pixels: the more there are the smaller, and larger from nearby. */
export const radiusOf = (dots: number, zoom: number): number =>
  Math.min(
    7,
    Math.max(1.1, 4.2 - 0.7 * Math.log10(Math.max(1, dots / 100))) * Math.max(1, zoom) ** 0.4,
  );
