/** All chosen runs together. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { byRuns } from './agreement';
import { CompareState } from './state.svelte';
import { manyRuns, type Many } from './wire';

export class ManyRuns {
  readonly #run: RunScope;
  readonly #compare: CompareState;
  readonly query: Query<Many>;
  readonly names = $derived.by((): readonly string[] => [
    this.#run.name,
    ...this.#compare.screen.compared,
  ]);
  /** Null while it is of other runs. */
  readonly data = $derived.by((): Many | null => {
    const { data } = this.query;
    return data && JSON.stringify(data.runs) === JSON.stringify(this.names) ? data : null;
  });
  /** Images by in how many runs they are right. */
  readonly groups = $derived.by(() =>
    this.data ? byRuns(this.data.right, this.data.evaluated, this.data.runs.length) : [],
  );

  constructor(run: RunScope) {
    this.#run = run;
    this.#compare = run.state(CompareState);
    const axis = () => this.#compare.axis;
    this.query = run.aboutPredictions(
      (about, signal) => manyRuns(about, this.names, axis(), signal),
      {
        details: () => JSON.stringify([this.names, axis()]),
        when: () => this.#compare.shows('runs'),
        again: () => this.names.map((name) => run.growthOf(name)).join(),
      },
    );
  }
}
