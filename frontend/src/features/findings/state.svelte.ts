/** What rules about filters and layers find. */
import { Live } from '../../run/live.svelte';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { keyOf, SignsState, type Sign } from '../signs/api';
import { findingsSettings } from './settings';
import { findings, type Finding } from './wire';

/** Name of the view in the address. */
export const VIEW = 'findings';

/** One thing that goes wrong: a rule with where it holds, or signs of one kind about one thing. */
export type Entry = { readonly key: string; readonly weight: number } & (
  | { readonly finding: Finding; readonly sign?: never }
  | { readonly sign: Sign; readonly again?: readonly Sign[]; readonly finding?: never }
);

/** What comes again and again is one entry: the worst, with the others. */
function gathered(entries: readonly (Entry & { readonly sign: Sign })[]): readonly Entry[] {
  return Array.from(
    Map.groupBy(entries, ({ key }) => key).values(),
    ([first, ...others]) => ({ ...first, again: others.map(({ sign }) => sign) }) as Entry,
  );
}

export class FindingsState {
  readonly query: Query<readonly Finding[]>;
  readonly #signs: SignsState;
  /** What goes wrong, the worst first: rules that hold, and signs that are none of these rules. */
  readonly entries = $derived.by((): readonly Entry[] => {
    const kinds = this.#signs.query.data?.kinds;
    const isOf = (sign: Sign, rule: string): boolean =>
      kinds?.get(sign.kind)?.findings.includes(rule) ?? false;
    const signs = this.#signs.all;
    const ofRules = this.held.map((finding): Entry => {
      const own = signs.filter((sign) => isOf(sign, finding.rule));
      // A sign knows since when it has been how bad.
      const weight = Math.max(finding.weight, ...own.map(({ severity }) => severity));
      return { key: finding.rule, weight, finding };
    });
    const others = signs
      .filter((sign) => !this.held.some(({ rule }) => isOf(sign, rule)))
      .map((sign) => ({ key: keyOf(sign), weight: sign.severity, sign }));
    return [...ofRules, ...gathered(others)].sort((a, b) => b.weight - a.weight);
  });
  readonly all = $derived.by(() => this.query.data ?? []);
  /** The heaviest first. */
  readonly held = $derived.by(() =>
    this.all.filter((each) => each.occurrences.length > 0).sort((a, b) => b.weight - a.weight),
  );
  /** Those that nobody has dismissed, and those that somebody has. */
  readonly open = $derived.by(() => this.entries.filter(({ key }) => !this.#isDismissed(key)));
  readonly dismissed = $derived.by(() => this.entries.filter(({ key }) => this.#isDismissed(key)));
  readonly others = $derived.by(() => this.all.filter((each) => each.occurrences.length === 0));

  /** Whether the run may still take back what is found. */
  readonly live: Live;

  readonly #settings;

  constructor(run: RunScope) {
    this.#settings = run.settings(findingsSettings);
    this.#signs = run.state(SignsState);
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
