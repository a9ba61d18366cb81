/** The images of the validation set: what became of them, what they were taken for. */
import { bisectRight, cumsum, range } from 'd3-array';

import { history, imageOrder, isNeverRight, type History } from './correctness';
import * as api from '../../run/wire';
import type { ClassIndex, ImageIndex } from '../../wire/units';
import type { Query } from '../../run/query.svelte';
import type { Tracker } from '../../run/scope.svelte';

/** To be made by the tracker, whose life it shares. */
export class Images {
  readonly #tracker: Tracker;
  /** Of all images; asked for once the stripes are there, for it is the largest answer. */
  readonly results: Query<api.Results>;
  /** What the images of the class in focus were taken for over time. */
  readonly predictions: Query<api.ClassImages>;
  /** What all images are taken for at the crosshair. */
  readonly iteration: Query<api.IterationImages>;
  /** First row of each class in the results; behind the last one's, their number. */
  readonly firstRows: Float64Array;
  /** Filled as classes come on screen. */
  readonly #orders: (readonly ImageIndex[] | undefined)[];

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
    this.firstRows = $derived(
      Float64Array.of(0, ...cumsum(tracker.run.data?.classes ?? [], ({ images }) => images)),
    );
    const ready = $derived(tracker.clusters.data !== null && tracker.errorRates.data !== null);
    this.results = tracker.followRun(api.results, { when: () => ready });
    this.#orders = $derived.by(() => {
      void [this.results.data, tracker.settings.imageSort];
      return [];
    });
    const inFocus = $derived(
      tracker.focus && 'class' in tracker.focus ? tracker.className(tracker.focus.class) : '',
    );
    this.predictions = tracker.followRun((run, signal) => api.classImages(run, inFocus, signal), {
      details: () => inFocus,
      when: () => tracker.hasValidations && inFocus !== '',
    });
    const hasResults = $derived(this.results.data !== null);
    const at = $derived(
      tracker.crosshair !== null && tracker.steps.includes(tracker.crosshair)
        ? tracker.crosshair
        : null,
    );
    this.iteration = tracker.followRun((run, signal) => api.iterationImages(run, at ?? 0, signal), {
      details: () => String(at),
      when: () => at !== null && hasResults,
    });
  }

  /** Images of a class from top to bottom. */
  orderOf(index: ClassIndex): readonly ImageIndex[] {
    const data = this.results.data;
    const known = this.#orders[index];
    if (known || !data) return known ?? [];
    const [first, end] = [this.rowOf(index, 0), this.rowOf(index + 1, 0)];
    const order = imageOrder(data, first, end, this.#tracker.settings.imageSort);
    this.#orders[index] = order;
    return order;
  }

  rowOf(index: ClassIndex, image: ImageIndex): number {
    return (this.firstRows[index] ?? 0) + image;
  }

  idOf(index: ClassIndex, image: ImageIndex): string | number {
    return this.results.data?.ids[this.rowOf(index, image)] ?? '';
  }

  /** The image with an id as text; null if there is none. */
  findId(id: string): { readonly class: ClassIndex; readonly image: ImageIndex } | null {
    const row =
      id === '' ? -1 : (this.results.data?.ids.findIndex((each) => String(each) === id) ?? -1);
    return row < 0 ? null : this.imageAt(row);
  }

  imageAt(row: number): { readonly class: ClassIndex; readonly image: ImageIndex } {
    const index = bisectRight(this.firstRows, row) - 1;
    return { class: index, image: row - this.rowOf(index, 0) };
  }

  /** Images of a class that were wrong at every validation. */
  neverRight(index: ClassIndex): readonly ImageIndex[] {
    const data = this.results.data;
    if (!data) return [];
    return range(this.rowOf(index + 1, 0) - this.rowOf(index, 0)).filter((image) =>
      isNeverRight(data, this.rowOf(index, image)),
    );
  }

  historyOf(index: ClassIndex, image: ImageIndex): History | null {
    const data = this.results.data;
    return data && history(data, this.rowOf(index, image));
  }
}
