/** Where many images of a class flip at once. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { SuggestedState } from '../suggested/api';
import { countAnomalies } from './plan';
import { anomaliesSettings } from './settings';
import { anomalies, anomalyChance, type Anomaly } from './wire';

/** Longer than the anomalies themselves, which are found in a fraction of the time. */
const CHANCE_DELAY = 150;

export class AnomaliesState {
  readonly #run: RunScope;
  readonly #suggested: SuggestedState;
  readonly #settings;
  readonly query: Query<readonly Anomaly[]>;
  readonly #chance: Query<number>;
  /** How many chance alone would make, of the rules that are shown; undefined until it is known. */
  readonly chance = $derived.by(() =>
    this.isChosen ? (this.#chance.data ?? undefined) : this.#suggested.data?.chance,
  );
  /** Null until it is known what the run suggests. */
  readonly window = $derived.by(() => this.#settings.window ?? this.#suggested.window);
  readonly minScore = $derived.by(() => this.#settings.minScore ?? this.#suggested.minScore);
  /** Whether a person has chosen other rules than the run suggests. */
  readonly isChosen = $derived.by(
    () => this.window !== this.#suggested.window || this.minScore !== this.#suggested.minScore,
  );
  readonly all = $derived.by(() => this.query.data ?? []);
  readonly byClass = $derived.by(() => Map.groupBy(this.all, (anomaly) => anomaly.class));
  /** Over all classes, by iteration. */
  readonly counts = $derived.by(() => countAnomalies(this.all));
  readonly countHere = $derived.by(() =>
    this.counts.find(({ step }) => step === this.#run.axis.crosshair),
  );

  constructor(run: RunScope) {
    this.#run = run;
    this.#suggested = run.state(SuggestedState);
    this.#settings = run.settings(anomaliesSettings);
    this.query = run.aboutPredictions(
      (about, signal) => anomalies(about, this.window ?? 1, this.minScore ?? 0, signal),
      {
        details: () => `${this.window} ${this.minScore}`,
        when: () => this.window !== null && this.minScore !== null,
      },
    );
    this.#chance = run.aboutPredictions(
      (about, signal) => anomalyChance(about, this.window ?? 1, this.minScore ?? 0, signal),
      {
        details: () => `${this.window} ${this.minScore}`,
        when: () => this.isChosen && this.window !== null && this.minScore !== null,
        delay: CHANCE_DELAY,
      },
    );
  }

  choose(rules: { readonly window?: number; readonly minScore?: number }): void {
    Object.assign(this.#settings, rules);
  }

  /** Back to what the run suggests. */
  reset(): void {
    Object.assign(this.#settings, { window: null, minScore: null });
  }
}
