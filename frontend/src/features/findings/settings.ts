import { optionalText, words, type Codec } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export type Notes = Readonly<Record<string, string>>;

/** Keys and what is noted of them, in turns. */
const notesCodec: Codec<Notes> = {
  write: (value) => Object.entries(value).flat(),
  read: (all) =>
    Object.fromEntries(
      all.flatMap((key, i) => (i % 2 === 0 && all[i + 1] ? [[key, all[i + 1] ?? '']] : [])),
    ),
};

/** What a person has said of the run's findings and signs, by their keys; and looks at. */
export const findingsSettings = declare('findings', {
  dismissed: setting(words, [], 'run'),
  notes: setting(notesCodec, {}, 'run'),
  /** The rule that is brought on screen. */
  rule: setting(optionalText, null, 'run'),
});

/** The notes with another one, or without one that is empty. */
export function noted(notes: Notes, key: string, text: string): Notes {
  const others = Object.entries(notes).filter(([other]) => other !== key);
  return Object.fromEntries(text === '' ? others : [...others, [key, text]]);
}

/** The keys with one more, or without one that is there. */
export const toggledKey = (keys: readonly string[], key: string): readonly string[] =>
  keys.includes(key) ? keys.filter((other) => other !== key) : [...keys, key];
