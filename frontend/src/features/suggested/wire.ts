import type { About } from '../../run/wire';
import { askJson, type JsonOf } from '../../wire/answers';

/** The defaults that a run's data give, and what they leave; see docs/http_api.md. */
export type Suggested = JsonOf<'/suggested'>;

export const suggested = (about: About, signal?: AbortSignal): Promise<Suggested> =>
  askJson('/suggested', about, signal);
