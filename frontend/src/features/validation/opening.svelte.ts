/** Goes to where a run tells most, when the tab is opened without a link. */
import { untrack } from 'svelte';

import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { AnomaliesState } from '../anomalies/api';
import { openingOf, type Opening } from './opening';
import { ValidationState } from './state.svelte';

export class OpeningState {
  readonly #run: RunScope;
  #opened = $state.raw<Opening | null>(null);
  /** Why the iteration that is shown is shown; null if somebody has chosen it. */
  readonly here = $derived.by((): Opening | null =>
    this.#opened !== null && this.#opened.step === this.#run.axis.settings.step
      ? this.#opened
      : null,
  );

  constructor(run: RunScope) {
    this.#run = run;
    const screen = screenOf(run);
    if (!screen.isOpening || run.axis.settings.step !== null) return;
    const anomalies = run.state(AnomaliesState);
    const validation = run.state(ValidationState);
    $effect(() => {
      const [counts, rates] = [
        anomalies.query.data && anomalies.counts,
        validation.errorRates.data,
      ];
      const [isLive, isOpening] = [run.grewAt !== null, screen.isOpening];
      const isChosen = run.axis.settings.step !== null;
      untrack(() => {
        // A run that grows is followed to its end, and so is what somebody has chosen meanwhile.
        if (isLive && this.here) run.axis.settings.step = null;
        if (isOpening && (isLive || isChosen)) screen.isOpening = false;
        if (!screen.isOpening || !counts || !rates) return;
        screen.isOpening = false;
        this.#opened = openingOf(counts, rates);
        run.axis.settings.step = this.#opened?.step ?? null;
      });
    });
  }
}
