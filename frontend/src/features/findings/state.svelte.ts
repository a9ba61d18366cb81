/** What rules about filters and layers find. */
import { Live } from '../../run/live.svelte';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { findingsSettings } from './settings';
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
  /** Those that nobody has dismissed, and those that somebody has. */
  readonly open = $derived.by(() => this.held.filter(({ rule }) => !this.#isDismissed(rule)));
  readonly dismissed = $derived.by(() => this.held.filter(({ rule }) => this.#isDismissed(rule)));
  readonly others = $derived.by(() => this.all.filter((each) => each.occurrences.length === 0));

  /** Whether the run may still take back what is found. */
  readonly live: Live;

  readonly #settings;

  constructor(run: RunScope) {
    this.#settings = run.settings(findingsSettings);
    this.live = new Live(() => run.grewAt);
    const screen = screenOf(run);
    this.query = run.about((about, signal) => findings(about.run, signal), {
      when: () => run.hasDumps && screen.view === VIEW,
    });
  }

  #isDismissed(key: string): boolean {
    return this.#settings.dismissed.includes(key);
  }
}
