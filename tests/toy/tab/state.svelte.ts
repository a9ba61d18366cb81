/** The scores of all images. */
import { nearest } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { toySettings } from './settings';
import { toyScores, type ToyScores } from './wire';

export class ToyState {
  readonly #run: RunScope;
  readonly query: Query<ToyScores>;
  /** Position of the crosshair in the scores; -1 without any. */
  readonly now = $derived.by(() =>
    nearest(this.query.data?.steps ?? [], this.#run.axis.crosshair ?? 0),
  );
  readonly aboveHere = $derived.by(() => this.query.data?.above[this.now] ?? NaN);

  constructor(run: RunScope) {
    this.#run = run;
    const settings = run.settings(toySettings);
    this.query = run.aboutPredictions(
      (about, signal) => toyScores(about, settings.threshold, signal),
      { details: () => String(settings.threshold) },
    );
  }

  /** At the crosshair, of an image by its row in the log. */
  scoreOf(row: number): number {
    return this.query.data?.scores[row]?.[this.now] ?? NaN;
  }
}
