/** The images that predictions are about: what became of them, what they were predicted as. */
import { bisectRight, cumsum, range } from 'd3-array';

import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import type { ClassIndex, ImageIndex } from '../../wire/units';
import { history, historyOf, imageOrder, isNeverRight, type History } from './correctness';
import { imagesSettings, limitedRowZoom } from './settings';
import * as wire from './wire';

/**
 * Bits of results that are asked for at once. Those of a million images would be computed for
 * seconds, to be too large to be sent: of so many there is what became of each, image by image.
 */
const MOST_BITS = 1e8;

export class ImagesState {
  readonly #run: RunScope;
  readonly settings;
  /** Of all images; asked for once what comes first is there, for it is the largest answer. */
  readonly results: Query<wire.Results>;
  /** Whether there are too many of them to be asked for. */
  readonly areTooMany = $derived.by(() => 2 * this.#run.images * this.#run.validations > MOST_BITS);
  /** The last id that was looked up. */
  #lookedUp = $state.raw<{ readonly id: string; readonly row: number | null } | null>(null);
  /** What the images of the class in focus were predicted as over time. */
  readonly predictions: Query<wire.ClassImages>;
  /** What all images are predicted as at the crosshair. */
  readonly iteration: Query<wire.IterationImages>;
  /** First row of each class in the results; behind the last one's, their number. */
  readonly firstRows = $derived.by(() =>
    Float64Array.of(0, ...cumsum(this.#run.data?.classes ?? [], ({ images }) => images)),
  );
  /** Filled as classes come on screen. */
  readonly #orders = $derived.by((): (readonly ImageIndex[] | undefined)[] => {
    void [this.results.data, this.settings.sort];
    return [];
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.settings = run.settings(imagesSettings);
    const screen = screenOf(run);
    this.results = run.aboutPredictions(wire.results, {
      when: () => !this.areTooMany,
      turn: 2,
    });
    const inFocus = $derived.by(() => {
      const index = screen.focus?.['class'];
      return typeof index === 'number' ? (run.data?.classes[index]?.name ?? '') : '';
    });
    this.predictions = run.aboutPredictions(
      (about, signal) => wire.classImages(about, inFocus, signal),
      { details: () => inFocus, when: () => inFocus !== '' },
    );
    const { axis } = run;
    const hasResults = $derived(this.results.data !== null);
    const at = $derived(
      axis.crosshair !== null && axis.steps.includes(axis.crosshair) ? axis.crosshair : null,
    );
    this.iteration = run.aboutPredictions(
      (about, signal) => wire.iterationImages(about, at ?? 0, signal),
      { details: () => String(at), when: () => at !== null && hasResults },
    );
  }

  /** Images of a class from top to bottom. */
  orderOf(index: ClassIndex): readonly ImageIndex[] {
    const data = this.results.data;
    const known = this.#orders[index];
    if (known || !data) return known ?? [];
    const [first, end] = [this.rowOf(index, 0), this.rowOf(index + 1, 0)];
    const order = imageOrder(data, first, end, this.settings.sort);
    this.#orders[index] = order;
    return order;
  }

  rowOf(index: ClassIndex, image: ImageIndex): number {
    return (this.firstRows[index] ?? 0) + image;
  }

  idOf(index: ClassIndex, image: ImageIndex): string | number {
    const { data } = this.results;
    return (data ? data.ids[this.rowOf(index, image)] : this.#ofClass(index)?.ids[image]) ?? '';
  }

  /** Predictions of a class; null if they are not there, or still of the one in focus before. */
  #ofClass(index: ClassIndex): wire.ClassImages | null {
    const { data } = this.predictions;
    return data?.class === this.#run.className(index) ? data : null;
  }

  /** The image with an id as text; null if there is none, or, of too many, none was looked up. */
  findId(id: string): { readonly class: ClassIndex; readonly image: ImageIndex } | null {
    const { ids } = this.results.data ?? { ids: [] };
    const isAsked = this.#lookedUp?.id === id && this.areTooMany;
    const row = isAsked
      ? (this.#lookedUp?.row ?? -1)
      : id === ''
        ? -1
        : ids.findIndex((each) => String(each) === id);
    return row < 0 ? null : this.imageAt(row);
  }

  /** The same, where there are too many for all ids to be here. */
  async lookUp(id: string): Promise<ReturnType<ImagesState['findId']>> {
    if (this.areTooMany && id !== '' && this.#lookedUp?.id !== id) {
      const row = await wire.rowOfId(this.#run.predictions(), id).catch(() => null);
      if (this.#run.isGone) return null;
      this.#lookedUp = { id, row };
    }
    return this.findId(id);
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
    const { data } = this.results;
    if (data) return history(data, this.rowOf(index, image));
    const own = this.#ofClass(index);
    const n = own?.steps.length ?? 0;
    return own && historyOf(own.predicted.subarray(image * n, (image + 1) * n), index);
  }

  /** The images that a person picked: rows of the results. */
  get picked(): readonly number[] {
    return this.settings.picked;
  }

  pick(rows: readonly number[]): void {
    this.settings.picked = rows;
  }

  /** Makes the rows of images higher or lower. */
  zoomRows(factor: number): void {
    this.settings.rowZoom = limitedRowZoom(this.settings.rowZoom * factor);
  }
}
