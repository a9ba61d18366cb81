/** All chosen runs together. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { byRuns } from './agreement';
import { VIEW } from './kinds';
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
  /**
   * What seeds of the shown run's recipe differ by, and whether the other run is one of them; null
   * if there are none, or where other iterations than the last ones are compared.
   */
  readonly seeds = $derived.by((): (Many['yardstick'][number] & { withOther: boolean }) | null => {
    const found = this.data?.yardstick.find(({ runs }) => runs.includes(0));
    if (!found || this.#compare.chosenSteps !== null) return null;
    const other = this.names.indexOf(this.#compare.other ?? '');
    return { ...found, withOther: found.runs.includes(other) };
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
        // What they have in common, the pair's view says too: once the pair is there.
        when: () =>
          this.#compare.shows('runs') ||
          (this.#compare.screen.view === VIEW && this.#compare.pair !== null),
        again: () => this.names.map((name) => run.growthOf(name)).join(),
        turn: 1,
      },
    );
  }
}
