/**
 * The view's state as text for the address bar, so that a link shows what a colleague sees.
 *
 * The text consists of characters that no part of a URL escapes: a version, then
 * fields `!<letter>*<value>[*<value>…]`. What is absent is at its default, and so
 * is what cannot be understood.
 */
export interface Field<T> {
  readonly letter: string;
  readonly initial: T;
  readonly write: (value: T) => readonly string[];
  /** Undefined if the values make no sense. */
  readonly read: (values: readonly string[]) => T | undefined;
}

// A field is only ever written with what it was read or initialised with.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Fields = Readonly<Record<string, Field<any>>>;
export type ValuesOf<F extends Fields> = {
  -readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never;
};

const VERSION = '1';

export function initialValues<F extends Fields>(fields: F): ValuesOf<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { initial }]) => [name, initial as unknown]),
  ) as ValuesOf<F>;
}

export function encode<F extends Fields>(fields: F, values: ValuesOf<F>): string {
  const parts = [VERSION];
  for (const [name, field] of Object.entries(fields)) {
    const text = field.write(values[name]).map(escapeText);
    const standard = field.write(field.initial).map(escapeText);
    if (text.join('*') !== standard.join('*') || text.length !== standard.length) {
      parts.push([field.letter, ...text].join('*'));
    }
  }
  return parts.join('!');
}

export function decode<F extends Fields>(fields: F, text: string): ValuesOf<F> {
  const values = initialValues(fields);
  const [version, ...parts] = text.split('!');
  if (version !== VERSION) return values;
  const byLetter = new Map(
    parts.map((part) => {
      const [letter = '', ...escaped] = part.split('*');
      return [letter, escaped.map(unescapeText)];
    }),
  );
  for (const [name, field] of Object.entries(fields)) {
    const found = byLetter.get(field.letter);
    const value: unknown = found && field.read(found);
    if (value !== undefined) Object.assign(values, { [name]: value });
  }
  return values;
}

const optional = <T>(value: T | null, write: (value: T) => string[]): string[] =>
  value === null ? [] : write(value);

export const text = (letter: string, initial: string): Field<string> => ({
  letter,
  initial,
  write: (value) => [value],
  read: ([value]) => value,
});

export const optionalText = (letter: string): Field<string | null> => ({
  letter,
  initial: null,
  write: (value) => optional(value, (it) => [it]),
  read: ([value]) => value,
});

/** One of a few words. */
export const choice = <const T extends string>(
  letter: string,
  words: readonly T[],
  initial: NoInfer<T>,
): Field<T> => ({
  letter,
  initial,
  write: (value) => [value],
  read: ([value]) => words.find((word) => word === value),
});

export const flag = (letter: string, initial = false): Field<boolean> => ({
  letter,
  initial,
  write: (value) => [value ? '1' : '0'],
  read: ([value]) => ({ 1: true, 0: false })[value ?? ''],
});

/** A number within limits. */
export const number = (
  letter: string,
  initial: number,
  least: number,
  most: number,
): Field<number> => ({
  letter,
  initial,
  write: (value) => [String(value)],
  read: ([value]) => {
    const read = readNumber(value);
    return read >= least && read <= most ? read : undefined;
  },
});

export const whole = (
  letter: string,
  initial: number,
  least: number,
  most: number,
): Field<number> => {
  const field = number(letter, initial, least, most);
  return { ...field, read: (values) => integer(field.read(values)) };
};

export const optionalWhole = (letter: string): Field<number | null> => ({
  letter,
  initial: null,
  write: (value) => optional(value, (it) => [String(it)]),
  read: ([value]) => integer(readNumber(value)),
});

/** Positions in some list. */
export const positions = (letter: string): Field<readonly number[]> => ({
  letter,
  initial: [],
  write: (value) => value.map(String),
  read: (values) => values.map(readNumber).filter((it) => Number.isSafeInteger(it) && it >= 0),
});

/** Positions, or null as long as nobody chose any: an empty choice is a choice too. */
export const optionalPositions = (letter: string): Field<readonly number[] | null> => ({
  ...positions(letter),
  initial: null,
  write: (value) => optional(value, (it) => ['', ...it.map(String)]),
  read: ([, ...values]) => positions(letter).read(values),
});

/** A stretch of iterations, first and last. */
export const optionalRange = (letter: string): Field<readonly [number, number] | null> => ({
  letter,
  initial: null,
  write: (value) => optional(value, (it) => it.map(String)),
  read: (values) => {
    const [from = NaN, to = NaN] = values.map(readNumber);
    return from < to ? [from, to] : undefined;
  },
});

const integer = (value: number | undefined): number | undefined =>
  Number.isSafeInteger(value) ? value : undefined;

const readNumber = (value: string | undefined): number =>
  value === undefined || value === '' ? NaN : Number(value);

function escapeText(value: string): string {
  return Array.from(new TextEncoder().encode(value), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_.-]/.test(char) ? char : `~${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function unescapeText(value: string): string {
  const bytes = Array.from(value.matchAll(/~([0-9a-f]{2})|[^~]/g), ([char, hex]) =>
    hex === undefined ? char.charCodeAt(0) : parseInt(hex, 16),
  );
  return new TextDecoder().decode(new Uint8Array(bytes));
}
