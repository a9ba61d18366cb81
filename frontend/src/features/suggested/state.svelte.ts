/** What is shown of a run where nobody has chosen anything. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { generation } from './growth';
import { suggested, type Suggested } from './wire';

export class SuggestedState {
  readonly #query: Query<Suggested>;
  /** Null until it is known. */
  readonly data = $derived.by(() => this.#query.data);
  readonly error = $derived.by(() => this.#query.error);
  /** Where the server has none, there is still something to choose from. */
  readonly window = $derived.by(() => this.#or(this.data?.window, 5));
  readonly minScore = $derived.by(() => this.#or(this.data?.min_score, 0.2));
  readonly topK = $derived.by(() => this.#or(this.data?.top_k, 5));
  /** One, where nothing separates the classes. */
  readonly k = $derived.by(() => this.#or(this.data && (this.data.k ?? 1), 1));

  constructor(run: RunScope) {
    const validations = $derived(generation(run.counts?.validations ?? 0));
    const filters = $derived(run.counts?.filters ?? 0);
    this.#query = run.aboutPredictions(suggested, {
      // What is on screen does not change its looks with every validation.
      growth: () => `${validations} ${filters}`,
      turn: 1,
    });
  }

  #or<T>(known: T | null | undefined, otherwise: T): T | null {
    return known ?? (this.error === null ? null : otherwise);
  }
}
