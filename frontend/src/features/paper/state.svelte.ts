/** The path that is followed, and what the run on screen shows of it. */
import { nearest } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import type { ClassIndex, Step } from '../../wire/units';
import { AnomaliesState } from '../anomalies/api';
import { CorrelationState } from '../correlation/api';
import { ImagesState } from '../images/api';
import { SuggestedState } from '../suggested/api';
import { ValidationState } from '../validation/api';
import {
  withClasses,
  type Facts,
  type MiniSet,
  type Place,
  type Series,
  type Verdict,
} from './evidence';
import { PATHS, type Path } from './paths';
import { paperSettings } from './settings';
import * as wire from './wire';

export class PaperState {
  readonly #run: RunScope;
  readonly settings;
  readonly #statistic: Query<readonly Series[]>;
  readonly #places: Query<readonly Place[]>;
  readonly path = $derived.by((): Path | null => PATHS[(this.settings.path ?? 0) - 1] ?? null);
  readonly #modules = $derived.by(() =>
    (this.#run.data?.modules?.children ?? []).map(({ name }) => name),
  );
  readonly #miniSets = $derived.by((): readonly MiniSet[] | null => {
    if (this.path?.needs !== 'correlation') return null;
    const correlation = this.#run.state(CorrelationState).related.data?.correlation;
    if (!correlation) return null;
    return correlation.miniSets.map((set) => withClasses(set, correlation.classes));
  });
  readonly verdict = $derived.by((): Verdict | null => this.path?.judge(this.#facts()) ?? null);
  readonly error = $derived.by(() => this.#statistic.error ?? this.#places.error);

  constructor(run: RunScope) {
    this.#run = run;
    this.settings = run.settings(paperSettings);
    const needs = $derived(this.path?.needs);
    const stat = $derived(needs === 'weight_sd' || needs === 'weight_mean' ? needs : null);
    this.#statistic = run.about(
      (about, signal) => wire.statistic(about.run, stat ?? '', this.#modules, signal),
      { details: () => stat ?? '', when: () => stat !== null && run.hasDumps, turn: 2 },
    );
    this.#places = run.about((about, signal) => wire.places(about.run, signal), {
      when: () => needs === 'findings' && run.hasDumps,
      turn: 2,
    });
  }

  #facts(): Facts {
    const run = this.#run;
    const { needs } = this.path ?? {};
    const anomalies = run.state(AnomaliesState).query.data;
    const images = run.state(ImagesState);
    const validation = run.state(ValidationState);
    const rates = validation.errorRates.data;
    const rateOf = (index: ClassIndex, step: Step, by: number): number =>
      validation.ratesOf(index)[nearest(rates?.steps ?? [], step) + by] ?? NaN;
    const { steps, classes = [], layers = [] } = run.data ?? {};
    const [first, last] = [steps?.validations[0], steps?.validations.at(-1)];
    return {
      className: (index) => run.className(index),
      layerName: (index) => run.layerName(index),
      layers: layers.length,
      clusters: run.state(SuggestedState).k,
      anomalies,
      errors: rates && ((index, step) => [rateOf(index, step, -1), rateOf(index, step, 0)]),
      range: first !== undefined && last !== undefined ? [first, last] : null,
      // Of tens of thousands of images: only for who asks.
      neverRight:
        needs === 'images' && images.results.data
          ? classes.map((each, i) => ({ never: images.neverRight(i).length, images: each.images }))
          : null,
      statistic: this.#statistic.data,
      places: this.#places.data,
      miniSets: this.#miniSets,
    };
  }
}
