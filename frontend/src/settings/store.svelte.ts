/** The values of all settings: what a link reproduces. */
import { readAddress, VERSION, writeAddress } from './address';
import type { Declaration, Scope, Setting, ValuesOf } from './setting';

/** The version whose fields have a letter each: links of 0.1.0. */
const LETTERS = '1';

/** What keeps a person's own settings from one visit to the next. */
export interface Memory {
  readonly read: () => string | null;
  readonly write: (text: string) => void;
}

/** A setting and its value. */
interface Entry {
  readonly key: string;
  readonly setting: Setting<unknown>;
  value: unknown;
}

/** Where values are read and changed. */
export interface Settings {
  readonly of: <D extends Declaration>(declaration: D) => ValuesOf<D>;
}

export class SettingsStore implements Settings {
  // The values are reactive; which owners there are never changes.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #values = new Map<string, Record<string, unknown>>();
  readonly entries: readonly Entry[];
  readonly #memory: Memory | null;
  /** The person's settings as they came with a link or from memory: not to be kept again. */
  #known = '';

  constructor(declarations: readonly Declaration[], memory: Memory | null = null) {
    this.#memory = memory;
    this.entries = declarations.flatMap(({ owner, settings }) => {
      const all = Object.entries(settings as Readonly<Record<string, Setting<unknown>>>);
      const values = $state(Object.fromEntries(all.map(([name, { initial }]) => [name, initial])));
      this.#values.set(owner, values);
      return all.map(([name, setting]) => ({
        key: `${owner}.${name}`,
        setting,
        get value() {
          return values[name];
        },
        set value(value: unknown) {
          values[name] = value;
        },
      }));
    });
    this.read('');
  }

  /** The values of an owner's settings, which may be changed. */
  of<D extends Declaration>({ owner }: D): ValuesOf<D> {
    const values = this.#values.get(owner);
    if (!values) throw new Error(`The settings of ${owner} are in no feature of the list.`);
    return values as ValuesOf<D>;
  }

  /** All that is not at its default, as text for the address. */
  write(): string {
    return this.#write(() => true);
  }

  /** Takes over an address; what it does not tell is as it was at first. */
  read(text: string): void {
    const known: readonly Scope[] = text === '' ? KEPT : ['person'];
    this.#take(readAddress(this.#memory?.read() ?? ''), known);
    this.#take(readAddress(text), null);
    this.#known = this.#write(isKept);
  }

  /** Takes over what an address tells, and leaves all else as it is; no words: as at first. */
  follow(text: string): void {
    const { fields } = readAddress(text);
    for (const entry of this.entries) {
      const words = fields.get(entry.key);
      if (words === undefined) continue;
      const { codec, initial } = entry.setting;
      const value = words.length === 0 ? initial : codec.read(words);
      if (value !== undefined) entry.value = value;
    }
  }

  reset(scope: Scope): void {
    for (const entry of this.entries) {
      if (entry.setting.scope === scope) entry.value = entry.setting.initial;
    }
  }

  /** Keeps the person's settings if the person has changed them. */
  remember(): void {
    const text = this.#write(isKept);
    if (text !== this.#known) this.#memory?.write(text);
    this.#known = text;
  }

  #write(which: (setting: Setting<unknown>) => boolean): string {
    return writeAddress(
      this.entries.flatMap(({ key, setting, value }) => {
        const { codec, initial } = setting;
        if (!which(setting)) return [];
        const [words, standard] = [codec.write(value), codec.write(initial)];
        const isStandard =
          words.length === standard.length && words.every((word, i) => word === standard[i]);
        return isStandard ? [] : [[key, words] as const];
      }),
    );
  }

  /** @param scopes which settings are taken from the browser's memory; null: it is an address */
  #take(
    { version, fields }: ReturnType<typeof readAddress>,
    scopes: readonly Scope[] | null,
  ): void {
    for (const entry of this.entries) {
      const { key, setting } = entry;
      const found = fields.get({ [VERSION]: key, [LETTERS]: setting.was }[version] ?? '');
      const value = found && setting.codec.read(found);
      if (value !== undefined && (scopes?.includes(setting.scope) ?? true)) entry.value = value;
      else if (scopes) entry.value = setting.initial;
      else if (version === LETTERS && setting.initial !== setting.wasInitial)
        entry.value = setting.wasInitial;
    }
  }
}

/** The scopes that the browser remembers. */
const KEPT: readonly Scope[] = ['person', 'visit'];
const isKept = ({ scope }: Setting<unknown>): boolean => KEPT.includes(scope);
