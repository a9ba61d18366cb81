/** The confusion matrix at the crosshair, while its view is on screen. */
import { nearest } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { VIEW } from './kinds';
import { confusion, type Confusion } from './wire';

export class ConfusionState {
  readonly query: Query<Confusion>;

  constructor(run: RunScope) {
    const screen = screenOf(run);
    const { axis } = run;
    const step = $derived.by(() => {
      const validations = run.data?.steps.validations ?? [];
      return validations[nearest(validations, axis.crosshair ?? NaN)] ?? null;
    });
    this.query = run.aboutPredictions((about, signal) => confusion(about, step ?? 0, signal), {
      details: () => String(step),
      when: () => step !== null && screen.view === VIEW,
    });
  }
}
