import type { About } from '../../run/wire';
import { askJson, type JsonOf } from '../../wire/answers';

/** Something that happened, and the state of the tab that shows it; see docs/http_api.md. */
export type Sentence = JsonOf<'/story'>['sentences'][number];

export const story = async (about: About, signal?: AbortSignal): Promise<readonly Sentence[]> =>
  (await askJson('/story', about, signal)).sentences;
