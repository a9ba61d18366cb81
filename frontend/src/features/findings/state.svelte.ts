/** What rules about filters and layers find. */
import { Live } from '../../run/live.svelte';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { findings, type Finding } from './wire';

/** Name of the view in the address. */
export const VIEW = 'findings';

export class FindingsState {
  readonly query: Query<readonly Finding[]>;
  readonly all = $derived.by(() => this.query.data ?? []);
  /** The heaviest first. */
  readonly held = $derived.by(() =>
    this.all.filter((each) => each.occurrences.length > 0).sort((a, b) => b.weight - a.weight),
  );
  readonly others = $derived.by(() => this.all.filter((each) => each.occurrences.length === 0));

  /** Whether the run may still take back what is found. */
  readonly live: Live;

  constructor(run: RunScope) {
    this.live = new Live(() => run.grewAt);
    const screen = screenOf(run);
    this.query = run.about((about, signal) => findings(about.run, signal), {
      when: () => run.hasDumps && screen.view === VIEW,
    });
  }
}
