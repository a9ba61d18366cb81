/** The one state object that all parts of the screen share. */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import { extentOfColumns, nearest, timeScale, type TimeScale } from '../charts/axis/scale';
import type { Theme } from '../charts/palette';
import * as api from '../wire/api';
import { lossTag, rateTag, scalars, scalarTags, type Series } from '../wire/scalars';
import type { ClassIndex, ImageIndex, NodeIndex, Step } from '../wire/units';
import { Query } from './query.svelte';
import { DEFAULTS, type View, type ViewState } from './url';

/** What the inspector shows. */
export type Selection =
  | { readonly kind: 'cluster'; readonly cluster: number }
  | { readonly kind: 'class'; readonly class: ClassIndex }
  | { readonly kind: 'image'; readonly class: ClassIndex; readonly image: ImageIndex }
  | { readonly kind: 'layer'; readonly node: NodeIndex };

/** The user's own scalars that the timeline shows. */
export interface Training {
  readonly loss: Series | null;
  readonly rate: Series | null;
}

/** A slider asks when it has rested this long. */
const SLIDER_DELAY = 60;

export class Tracker {
  readonly runs = new Query<readonly api.RunCounts[]>();
  readonly run = new Query<api.Run>();
  readonly errorRates = new Query<api.ErrorRates>();
  readonly clusters = new Query<api.Clusters>();
  readonly anomalies = new Query<readonly api.Anomaly[]>();
  readonly training = new Query<Training>();
  readonly layerStats = new Query<api.LayerStats>();
  readonly classImages = new SvelteMap<ClassIndex, Query<api.ClassImages>>();

  theme = $state<Theme>('light');
  /** Width of the plots in CSS pixels: the same for the timeline and the views. */
  plotWidth = $state(0);
  table = $state<'timeline' | 'view' | null>(null);

  runName = $state<string | null>(null);
  view = $state<View>(DEFAULTS.view);
  pinned = $state<Step | null>(null);
  k = $state(DEFAULTS.k);
  window = $state(DEFAULTS.window);
  minScore = $state(DEFAULTS.minScore);
  onlyAnomalies = $state(DEFAULTS.onlyAnomalies);
  openClusters = $state.raw<readonly number[] | null>(null);
  openClasses = $state.raw<readonly ClassIndex[]>([]);
  closedNodes = $state.raw<readonly NodeIndex[] | null>(null);
  statistic = $state(DEFAULTS.statistic);
  sharedScale = $state(DEFAULTS.sharedScale);

  /** Counts how often the user asked to try again. */
  attempts = $state(0);

  /** When the run was last seen to grow, in milliseconds since the epoch; null if never. */
  grewAt = $state<number | null>(null);
  #noted = '';

  /** The iteration under the pointer. */
  hoveredStep = $state<Step | null>(null);
  hovered = $state.raw<Selection | null>(null);
  selected = $state.raw<Selection | null>(null);

  readonly counts = $derived(this.runs.data?.find(({ run }) => run === this.runName) ?? null);
  /** Changes whenever the run has grown. */
  readonly revision = $derived(JSON.stringify(this.counts));
  readonly steps = $derived.by((): readonly Step[] => {
    const steps = this.run.data?.steps;
    return steps ? (steps.validations.length > 0 ? steps.validations : steps.dumps) : [];
  });
  readonly crosshair = $derived(this.hoveredStep ?? this.pinned ?? this.steps.at(-1) ?? null);
  readonly scale = $derived.by((): TimeScale | null => {
    const steps = this.run.data?.steps;
    const extent = steps && extentOfColumns(steps.dumps, steps.validations);
    return extent && this.plotWidth > 0 ? timeScale(extent[0], extent[1], this.plotWidth) : null;
  });
  readonly focus = $derived(this.hovered ?? this.selected);
  readonly anomaliesByClass = $derived(
    Map.groupBy(this.anomalies.data ?? [], (anomaly) => anomaly.class),
  );
  readonly classByName = $derived(api.indexClasses(this.run.data?.classes ?? []));

  constructor(state: ViewState) {
    this.runName = state.run;
    this.view = state.view;
    this.pinned = state.step;
    this.k = state.k;
    this.window = state.window;
    this.minScore = state.minScore;
    this.onlyAnomalies = state.onlyAnomalies;
    this.openClusters = state.openClusters;
    this.openClasses = state.openClasses;
    this.closedNodes = state.closedNodes;
    this.statistic = state.statistic;
    this.sharedScale = state.sharedScale;
  }

  /** What a link has to reproduce. */
  viewState(): ViewState {
    return {
      run: this.runName,
      view: this.view,
      step: this.pinned,
      k: this.k,
      window: this.window,
      minScore: this.minScore,
      onlyAnomalies: this.onlyAnomalies,
      openClusters: this.openClusters,
      openClasses: this.openClasses,
      closedNodes: this.closedNodes,
      statistic: this.statistic,
      sharedScale: this.sharedScale,
    };
  }

  async loadRuns(): Promise<void> {
    await this.runs.load('', api.runs);
    const runs = this.runs.data;
    if (runs && !runs.some(({ run }) => run === this.runName)) {
      const first = runs[0];
      if (first) this.choose(first.run);
    }
  }

  /** Tells a run that has grown from one that was only chosen. */
  noteGrowth(): void {
    const { counts } = this;
    const before = this.#noted;
    this.#noted = JSON.stringify(counts);
    if (before !== '' && counts && before !== this.#noted) {
      const earlier = JSON.parse(before) as api.RunCounts;
      this.grewAt = earlier.run === counts.run ? Date.now() : null;
    }
  }

  /** Shows another run; what was open belongs to the one before. */
  choose(run: string): void {
    if (run === this.runName) return;
    this.runName = run;
    this.pinned = this.hoveredStep = null;
    this.hovered = this.selected = null;
    this.openClusters = this.closedNodes = null;
    this.openClasses = [];
  }

  loadRun(run: string): Promise<void> {
    return this.run.load(run, (signal) => api.run(run, signal));
  }

  loadErrorRates(run: string): Promise<void> {
    return this.errorRates.load(run, (signal) => api.errorRates(run, signal));
  }

  loadClusters(run: string, k: number): Promise<void> {
    return this.clusters.load(run, (signal) => api.clusters(run, k, signal), SLIDER_DELAY);
  }

  loadAnomalies(run: string, window: number, minScore: number): Promise<void> {
    return this.anomalies.load(
      run,
      (signal) => api.anomalies(run, window, minScore, signal),
      SLIDER_DELAY,
    );
  }

  loadLayerStats(run: string, statistic: string): Promise<void> {
    return this.layerStats.load(run, (signal) => api.layerStats(run, statistic, signal));
  }

  loadTraining(run: string): Promise<void> {
    return this.training.load(run, async (signal) => {
      const tags = await scalarTags(run, signal);
      const series = (tag: string | undefined): Promise<Series> | null =>
        tag === undefined ? null : scalars(run, tag, signal);
      const [loss, rate] = await Promise.all([series(lossTag(tags)), series(rateTag(tags))]);
      return { loss, rate };
    });
  }

  /** Loads the images of the open classes, forgets those of closed ones. */
  loadClassImages(run: api.Run, open: readonly ClassIndex[]): void {
    for (const index of this.classImages.keys()) {
      if (!open.includes(index)) this.classImages.delete(index);
    }
    for (const index of open) {
      const name = run.classes[index]?.name;
      if (name === undefined) continue;
      const query = this.classImages.get(index) ?? new Query<api.ClassImages>();
      this.classImages.set(index, query);
      void query.load(`${run.run}\n${name}`, (signal) => api.classImages(run.run, name, signal));
    }
  }

  className(index: ClassIndex): string {
    return this.run.data?.classes[index]?.name ?? '';
  }

  /** Asks again for all that is on screen. */
  retry(): void {
    this.attempts++;
  }

  toggleClass(index: ClassIndex): void {
    this.openClasses = toggled(this.openClasses, index);
  }

  /** Moves the pinned iteration along the validations (or dumps, without any). */
  moveCrosshair(by: number): void {
    const at = nearest(this.steps, this.crosshair ?? 0);
    const to = Math.min(this.steps.length - 1, Math.max(0, at + by));
    this.hoveredStep = null;
    this.pinned = this.steps[to] ?? null;
  }

  /** Esc: lets go of what is chosen last, one thing at a time. */
  clear(): void {
    if (this.table) this.table = null;
    else if (this.selected) this.selected = null;
    else this.pinned = null;
  }
}

export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
}

const KEY = Symbol('tracker');

export const provideTracker = (tracker: Tracker): Tracker => setContext(KEY, tracker);

export const useTracker = (): Tracker => getContext<Tracker>(KEY);
