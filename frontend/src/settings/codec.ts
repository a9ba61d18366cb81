/** Values of settings as words of the address, and back. */
export interface Codec<T> {
  readonly write: (value: T) => readonly string[];
  /** Undefined if the words make no sense. */
  readonly read: (words: readonly string[]) => T | undefined;
}

export const text: Codec<string> = {
  write: (value) => [value],
  read: ([value]) => value,
};

/** One of a few words. */
export const choice = <const T extends string>(words: readonly T[]): Codec<T> => ({
  write: (value) => [value],
  read: ([value]) => words.find((word) => word === value),
});

export const flag: Codec<boolean> = {
  write: (value) => [value ? '1' : '0'],
  read: ([value]) => ({ 1: true, 0: false })[value ?? ''],
};

/** A number within limits. */
export const number = (min: number, max: number): Codec<number> => ({
  write: (value) => [String(value)],
  read: ([value]) => {
    const read = readNumber(value);
    return read >= min && read <= max ? read : undefined;
  },
});

export const integer = (min: number, max: number): Codec<number> => {
  const { write, read } = number(min, max);
  return { write, read: (words) => asInteger(read(words)) };
};

const anyInteger: Codec<number> = {
  write: (value) => [String(value)],
  read: ([value]) => asInteger(readNumber(value)),
};

/** Null has no words. */
export const optional = <T>({ write, read }: Codec<T>): Codec<T | null> => ({
  write: (value) => (value === null ? [] : write(value)),
  read,
});

/** Null as long as nobody chose. */
export const optionalFlag = optional(flag);
export const optionalText = optional(text);
export const optionalInteger = optional(anyInteger);

/** Any words. */
export const words: Codec<readonly string[]> = {
  write: (value) => value,
  read: (value) => value,
};

/** Positions in some list. */
export const positions: Codec<readonly number[]> = {
  write: (value) => value.map(String),
  read: (words) => words.map(readNumber).filter((it) => Number.isSafeInteger(it) && it >= 0),
};

/** Positions, or null as long as nobody chose any: an empty choice is a choice too. */
export const optionalPositions: Codec<readonly number[] | null> = {
  write: (value) => (value === null ? [] : ['', ...positions.write(value)]),
  read: ([, ...words]) => positions.read(words),
};

/** First and last of a range. */
export const optionalRange: Codec<readonly [number, number] | null> = {
  write: (value) => (value === null ? [] : value.map(String)),
  read: (words) => {
    const [from = NaN, to = NaN] = words.map(readNumber);
    return from < to ? [from, to] : undefined;
  },
};

const asInteger = (value: number | undefined): number | undefined =>
  Number.isSafeInteger(value) ? value : undefined;

const readNumber = (word: string | undefined): number =>
  word === undefined || word === '' ? NaN : Number(word);
