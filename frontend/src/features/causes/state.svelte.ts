/** What experiments found in the run. */
import type { Reading } from '../../charts/readout/plan';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import type { ClassIndex, LayerIndex } from '../../wire/units';
import { byStrength, keyOf, marksOf, ofClass, strongest, type Mark } from './plan';
import { readMark } from './readings';
import { effects, type Effect, type Effects } from './wire';

/** Views that show them, beside the inspector of what is selected. */
const VIEWS = ['correlation', 'cube'];

export class CausesState {
  readonly #run: RunScope;
  readonly query: Query<Effects>;
  readonly all = $derived.by((): readonly Effect[] => this.query.data?.effects ?? []);
  /** Whether anything was tried, or was to be. */
  readonly isLogged = $derived.by(() => {
    const { data } = this.query;
    return data !== null && data.steps.length + data.passed.length > 0;
  });
  /** The strongest first: what was put back, on images of one class. */
  readonly ranked = $derived.by(() =>
    this.all.filter((each) => each.how === 'put_back' && each.class !== null).toSorted(byStrength),
  );
  readonly #marks = $derived.by(() => marksOf(this.all));

  constructor(run: RunScope) {
    this.#run = run;
    const screen = screenOf(run);
    this.query = run.aboutPredictions((about, signal) => effects(about, signal), {
      when: () => VIEWS.includes(screen.view) || screen.focus !== null,
    });
  }

  /**
   * What is known of some layers' filters and images of a class; null if nothing was tried.
   *
   * @param layers - null for filters of many layers, put back together
   */
  markOf(layers: readonly LayerIndex[] | null, index: ClassIndex): Mark | null {
    if (this.#marks.size === 0) return null;
    const name = this.#run.className(index);
    if (layers === null) return this.#marks.get(keyOf(null, name)) ?? null;
    return strongest(
      layers.flatMap((layer) => this.#marks.get(keyOf(this.#run.layerName(layer), name)) ?? []),
    );
  }

  /** What is read of picked layers and a class: of a row of several layers, one pick for each. */
  readingsOf(
    picks: readonly { readonly layer: LayerIndex | null; readonly class: ClassIndex | null }[],
  ): readonly Reading[] {
    const index = picks[0]?.class ?? null;
    const layers = picks.flatMap(({ layer }) => layer ?? []);
    if (index === null) return [];
    return [this.markOf(layers, index), this.markOf(null, index)].flatMap((mark) =>
      mark ? readMark(mark, this.filtersOf) : [],
    );
  }

  /** What was put back, on images of a class. */
  ofClass(index: ClassIndex): readonly Effect[] {
    return ofClass(this.all, this.#run.className(index));
  }

  /** How many filters a layer has. */
  readonly filtersOf = (layer: string): number | undefined =>
    this.#run.data?.layers.find(({ name }) => name === layer)?.filters;
}
