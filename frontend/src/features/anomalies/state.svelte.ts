/** Where many images of a class flip at once. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { countAnomalies } from './plan';
import { anomaliesSettings } from './settings';
import { anomalies, type Anomaly } from './wire';

export class AnomaliesState {
  readonly #run: RunScope;
  readonly query: Query<readonly Anomaly[]>;
  readonly all = $derived.by(() => this.query.data ?? []);
  readonly byClass = $derived.by(() => Map.groupBy(this.all, (anomaly) => anomaly.class));
  /** Over all classes, by iteration. */
  readonly counts = $derived.by(() => countAnomalies(this.all));
  readonly countHere = $derived.by(() =>
    this.counts.find(({ step }) => step === this.#run.axis.crosshair),
  );

  constructor(run: RunScope) {
    this.#run = run;
    const settings = run.settings(anomaliesSettings);
    this.query = run.aboutPredictions(
      (about, signal) => anomalies(about, settings.window, settings.minScore, signal),
      { details: () => `${settings.window} ${settings.minScore}` },
    );
  }
}
