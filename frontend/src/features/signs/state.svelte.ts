/** What goes wrong in the run. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { ALARM, signs, type Sign, type Signs } from './wire';

export class SignsState {
  readonly query: Query<Signs>;
  readonly all = $derived.by((): readonly Sign[] => this.query.data?.signs ?? []);
  /** Those that are more than worth a look. */
  readonly alarms = $derived.by(() => this.all.filter(({ severity }) => severity >= ALARM));
  readonly #run: RunScope;
  /** Alarms that hold at the crosshair. */
  readonly here = $derived.by(() => {
    const { crosshair } = this.#run.axis;
    return crosshair === null
      ? []
      : this.alarms.filter(
          ({ first_step, last_step }) => first_step <= crosshair && crosshair <= last_step,
        );
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.query = run.about((about, signal) => signs(about.run, signal), { turn: 2 });
  }
}
