/** What filters did, found by experiment. */
import type { About } from '../../run/wire';
import { askJson, type JsonOf } from '../../wire/answers';

export type Effects = JsonOf<'/effects'>;
/** A group of filters, what was done to it, and how many images of a kind changed by it. */
export type Effect = Effects['effects'][number];

export const effects = (about: About, signal?: AbortSignal): Promise<Effects> =>
  askJson('/effects', about, signal);
