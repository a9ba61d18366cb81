/** Names in sentences, and names of runs that are told apart though they are long and alike. */

/** Names are cut where a word ends. */
const BORDER = /[/\\_\-\s.,:=]/;
/** Less is not worth the dots. */
const LEAST = 4;

/** What is written from right to left, or turns around what follows (Unicode Standard Annex 9). */
const LEFTWARDS =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Its own might end ours. */
const ISOLATES = /[\u2066-\u2069]/g;

/**
 * A name that moves nothing around it, in what has no elements: sentences, titles, labels in pictures.
 * A number after a Hebrew name would otherwise be shown before it.
 */
export const isolated = (name: string): string =>
  LEFTWARDS.test(name) ? `\u2068${name.replaceAll(ISOLATES, '')}\u2069` : name;

/**
 * What tells names apart: each without what all of them, or most, begin with, and without what all
 * end with; dots stand for that.
 *
 * @param names all different
 * @returns as many, all different
 */
export function distinct(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const start = worthwhile(withoutNumber(names, shared(names)));
  const rests = names.map((name) => name.slice(start));
  const end = worthwhile(shared(rests.map(reversed)));
  const found = rests.map(
    (rest) => `${start > 0 ? '…' : ''}${rest.slice(0, rest.length - end)}${end > 0 ? '…' : ''}`,
  );
  return start > 0 ? found : withoutFolder(found);
}

/** Without the folder that most of the names are in; as they are, where two would be one. */
function withoutFolder(names: readonly string[]): readonly string[] {
  const folders = Map.groupBy(names, (name) => name.slice(0, name.lastIndexOf('/') + 1));
  const [folder, within] = [...folders].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  if (worthwhile(folder.length) === 0 || 2 * within.length <= names.length) return names;
  const found = names.map((name) =>
    name.startsWith(folder) ? `…${name.slice(folder.length)}` : name,
  );
  return new Set(found).size === names.length ? found : names;
}

/** What of a list of runs stands for one of them. */
export const shortName = (name: string, among: readonly string[]): string =>
  distinct(among)[among.indexOf(name)] ?? name;

/** How many characters all begin with, up to the end of a word, if every name has more than these. */
function shared(names: readonly string[]): number {
  const [first = '', ...others] = names;
  const shortest = Math.min(...names.map(({ length }) => length));
  let length = 0;
  for (let i = 0; i < shortest - 1 && others.every((each) => each[i] === first[i]); i++) {
    if (isBorder(first, i)) length = i + 1;
  }
  return length;
}

/** Numbers keep the word before them: "seed 1" is understood, "1" is not. */
function withoutNumber(names: readonly string[], start: number): number {
  const word = /\p{L}+.$/u.exec(names[0]?.slice(0, start) ?? '')?.[0] ?? '';
  return names.every((name) => /^\d/.test(name.slice(start))) ? start - word.length : start;
}

/** Not within a number. */
const isBorder = (name: string, i: number): boolean =>
  BORDER.test(name[i] ?? '') &&
  !(name[i] === '.' && /^\d\.\d$/.test(name.slice(Math.max(0, i - 1), i + 2)));

const worthwhile = (length: number): number => (length < LEAST ? 0 : length);

const reversed = (name: string): string => name.split('').reverse().join('');

/** Those that a filter finds: a regular expression as in TensorBoard's own list, or words in any order. */
export function matching<T>(
  all: readonly T[],
  nameOf: (each: T) => string,
  filter: string,
): readonly T[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const pattern = patternOf(filter);
  return all.filter((each) => {
    const name = nameOf(each);
    return pattern?.test(name) === true || words.every((word) => name.toLowerCase().includes(word));
  });
}

/** Null if it is none. */
function patternOf(filter: string): RegExp | null {
  try {
    return new RegExp(filter, 'i');
  } catch {
    return null;
  }
}
