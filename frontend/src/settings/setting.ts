/** How features declare their settings. */
import type { Codec } from './codec';

/**
 * What a setting belongs to: the person who looks (kept by the browser), the visit (kept for the
 * next one that begins without a link), the run (reset when another one is chosen), or the view
 * of whatever run is shown.
 */
export type Scope = 'person' | 'visit' | 'run' | 'view';

export interface Setting<T> {
  readonly codec: Codec<T>;
  readonly initial: T;
  readonly scope: Scope;
  /** Its letter in links of 0.1.0; undefined if it is newer. */
  readonly was: string | undefined;
  /** What links of 0.1.0 mean that do not tell it. */
  readonly wasInitial: T;
}

export const setting = <T>(
  codec: Codec<T>,
  initial: NoInfer<T>,
  scope: Scope,
  was?: string,
  wasInitial: NoInfer<T> = initial,
): Setting<T> => ({ codec, initial, scope, was, wasInitial });

// A setting is only ever written with what it was read or initialised with.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Settings = Readonly<Record<string, Setting<any>>>;

/** Settings of one owner, whose name is the first part of their keys in the address. */
export interface Declaration<S extends Settings = Settings> {
  readonly owner: string;
  readonly settings: S;
}

export type ValuesOf<D extends Declaration> = {
  -readonly [Name in keyof D['settings']]: D['settings'][Name] extends Setting<infer T> ? T : never;
};

export const declare = <S extends Settings>(owner: string, settings: S): Declaration<S> => ({
  owner,
  settings,
});
