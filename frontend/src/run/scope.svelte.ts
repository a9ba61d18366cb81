/** The one state object that all parts of the screen share. */
import { getContext, setContext } from 'svelte';

import { extentOfColumns, nearest, timeScale, type TimeScale } from '../axis/scale';
import type { Theme } from '../charts/palette';
import * as api from './wire';
import * as layerApi from '../features/layers/wire';
import { lossTag, rateTag, scalars, scalarTags, type Series } from '../features/scalars/plan';
import type { ClassIndex, ImageIndex, Step } from '../wire/units';
import { follow, Query } from './query.svelte';
import { initialValues } from '../settings/codec';
import { Correlations } from '../features/correlation/state.svelte';
import { Images } from '../features/images/state.svelte';
import { LayerState } from '../features/layers/state.svelte';
import { toggledMarker } from '../axis/markers';
import { toggled } from '../settings/toggled';
import type { Selection } from '../shell/selection';
import { FIELDS, ROW_ZOOM, type Settings } from '../settings/fields';
import { pannedBy, resized, within, zoomedBy, type Stretch } from '../axis/range';

/** The user's own scalars that the timeline shows. */
export interface Training {
  readonly tags: readonly string[];
  /** The training error or loss. */
  readonly loss: Series | null;
  readonly rate: Series | null;
}

/** A slider asks when it has rested this long, in milliseconds. */
const SLIDER_DELAY = 30;
const NO_RUN = '';
const POLLS_PER_GLANCE = 5;

/** What `followRun` depends on, beside the run. */
interface Following {
  /** What the answer depends on. */
  readonly details?: () => string;
  /** Whether there is anything to ask now. */
  readonly when?: () => boolean;
  /** Changes when it is to be asked again. */
  readonly again?: () => unknown;
  /** How long the details must have rested, in milliseconds. */
  readonly delay?: number;
}

type Ask<T> = (run: string, signal: AbortSignal) => Promise<T>;

/** To be made while a component is set up: its queries live as long as that. */
export class Tracker {
  /** All that a link reproduces. */
  readonly settings: Settings = $state(initialValues(FIELDS));

  theme = $state<Theme>('light');
  /** Width of the plots in CSS pixels: the same for the timeline and the views. */
  plotWidth = $state(0);
  /** Width in CSS pixels of what stands left of the plots; null for the usual. */
  gutter = $state<number | null>(null);
  table = $state<'timeline' | 'view' | null>(null);
  /** The iteration under the pointer. */
  hoveredStep = $state<Step | null>(null);
  hovered = $state.raw<Selection | null>(null);
  /** What the list shall be scrolled to; the list lets go of it. */
  revealed = $state.raw<Extract<Selection, { kind: 'class' | 'image' }> | null>(null);
  /** The iterations that are being selected with the pointer. */
  dragged = $state.raw<Stretch | null>(null);
  /** When the run was last seen to grow, in milliseconds since the epoch; null if never. */
  grewAt = $state<number | null>(null);
  /** Counts how often the user asked to try again. */
  #attempts = $state(0);
  #polls = 0;
  /** Counts how often the run was asked for though it had not grown: damage may show later. */
  #glances = $state(0);

  readonly runs = new Query<readonly api.RunCounts[]>();
  readonly counts = $derived(this.runs.data?.find(({ run }) => run === this.settings.run) ?? null);
  /** Name of the run once it is known; unlike `counts`, it is not new at every look. */
  readonly #name = $derived(this.counts?.run);
  /** Changes whenever the run has grown. */
  readonly revision = $derived(JSON.stringify(this.counts));
  readonly hasValidations = $derived((this.counts?.validations ?? 0) > 0);
  readonly hasDumps = $derived((this.counts?.dumps ?? 0) > 0);
  /** Number of clusters that are asked for. */
  readonly k = $derived(
    this.counts ? Math.max(1, Math.min(this.settings.k, this.counts.classes)) : this.settings.k,
  );

  readonly run = this.followRun((run, signal) => this.#loadRun(run, signal), {
    again: () => this.#glances,
  });
  readonly training = this.followRun(
    (run, signal) => loadTraining(run, this.settings.trainingTag, signal),
    { details: () => this.settings.trainingTag ?? '' },
  );
  readonly errorRates = this.followRun(api.errorRates, { when: () => this.hasValidations });
  readonly clusters = this.followRun((run, signal) => api.clusters(run, this.k, signal), {
    details: () => String(this.k),
    when: () => this.hasValidations,
  });
  readonly anomalies = this.followRun(
    (run, signal) => api.anomalies(run, this.settings.window, this.settings.minScore, signal),
    {
      details: () => `${this.settings.window} ${this.settings.minScore}`,
      when: () => this.hasValidations,
    },
  );
  readonly layerStats = this.followRun(
    (run, signal) => layerApi.layerStats(run, this.settings.statistic, signal),
    {
      details: () => this.settings.statistic,
      when: () => this.hasDumps && this.settings.view === 'layers',
    },
  );
  readonly images = new Images(this);
  readonly correlations: Correlations;
  readonly layers = new LayerState(this);

  readonly steps = $derived.by((): readonly Step[] => {
    const steps = this.run.data?.steps;
    return steps ? (steps.validations.length > 0 ? steps.validations : steps.dumps) : [];
  });
  readonly crosshair = $derived(
    this.hoveredStep ?? this.settings.step ?? this.steps.at(-1) ?? null,
  );
  /** All that was logged, from the first column's left border to the last one's right. */
  readonly extent = $derived.by((): Stretch | null => {
    const steps = this.run.data?.steps;
    return steps ? extentOfColumns(steps.dumps, steps.validations) : null;
  });
  /** The iterations on screen. */
  readonly window = $derived.by((): Stretch | null => {
    const { zoom } = this.settings;
    return (zoom && this.extent && within(zoom, this.extent)) ?? this.extent;
  });
  readonly scale = $derived.by((): TimeScale | null =>
    this.window && this.plotWidth > 0
      ? timeScale(this.window[0], this.window[1], this.plotWidth)
      : null,
  );
  readonly focus = $derived(this.hovered ?? this.selected);
  readonly anomaliesByClass = $derived(
    Map.groupBy(this.anomalies.data ?? [], (anomaly) => anomaly.class),
  );
  readonly classByName = $derived(api.indexClasses(this.run.data?.classes ?? []));

  get selected(): Selection | null {
    return this.settings.selected;
  }
  set selected(selection: Selection | null) {
    this.settings.selected = selection;
  }

  constructor(settings: Settings) {
    Object.assign(this.settings, settings);
    this.correlations = new Correlations(this);
    this.#followGrowth();
  }

  /**
   * A query about the chosen run, asked again whenever the run grows or the user tries
   * again; while `when` is false, the last answer stays.
   */
  followRun<T>(ask: Ask<T>, { details, when, again, delay }: Following = {}): Query<T> {
    return follow(() => {
      void [this.revision, this.#attempts, again?.()];
      const run = this.#name;
      return {
        subject: run ?? NO_RUN,
        details: details?.() ?? '',
        delay: delay ?? SLIDER_DELAY,
        ask: run !== undefined && (when?.() ?? true) ? (signal) => ask(run, signal) : null,
      };
    });
  }

  async #loadRun(run: string, signal: AbortSignal): Promise<api.Run> {
    const before = this.run.data;
    const answer = await api.run(run, signal);
    // What depends on the run is not computed again for the same answer.
    return before && JSON.stringify(before) === JSON.stringify(answer) ? before : answer;
  }

  /** Asks which runs there are, and chooses the first if none is chosen. */
  async loadRuns(): Promise<void> {
    if (++this.#polls % POLLS_PER_GLANCE === 0) this.#glances++;
    await this.runs.load({ subject: 'runs', ask: api.runs });
    const runs = this.runs.data ?? [];
    const first = runs[0];
    if (!first || runs.some(({ run }) => run === this.settings.run)) return;
    // A link that names no run may still say what to open in it.
    if (this.settings.run === null) this.settings.run = first.run;
    else this.choose(first.run);
  }

  /** Shows another run; what was open belongs to the one before. */
  choose(run: string): void {
    const { settings } = this;
    if (run === settings.run) return;
    settings.run = run;
    settings.step = settings.zoom = null;
    settings.openClusters = settings.closedNodes = null;
    settings.openClasses = settings.pinned = [];
    settings.openLayers = settings.overlaid = [];
    settings.openAll = false;
    settings.search = '';
    this.selected = null;
    settings.markers = [];
    this.hoveredStep = null;
    this.hovered = null;
    settings.picksA = settings.picksB = [];
    settings.classZoom = settings.layerZoom = null;
  }

  className(index: ClassIndex): string {
    return this.run.data?.classes[index]?.name ?? '';
  }

  /** Asks again for all that is on screen. */
  retry(): void {
    this.#attempts++;
  }

  isOpen(index: ClassIndex): boolean {
    return this.settings.openAll !== this.settings.openClasses.includes(index);
  }

  togglePinned(index: ClassIndex): void {
    this.settings.pinned = toggled(this.settings.pinned, index);
  }

  toggleClass(index: ClassIndex): void {
    this.settings.openClasses = toggled(this.settings.openClasses, index);
  }

  /** Pins an iteration, and sees to it that it is on screen. */
  showStep(step: Step): void {
    this.hoveredStep = null;
    this.settings.step = step;
    const { window } = this;
    if (window && (step < window[0] || step > window[1])) {
      const half = (window[1] - window[0]) / 2;
      this.zoomTo([step - half, step + half]);
    }
  }

  /** Shows a class with its images. */
  showClass(index: ClassIndex): void {
    this.settings.view = 'validation';
    this.selected = this.revealed = { kind: 'class', class: index };
    if (!this.isOpen(index)) this.toggleClass(index);
  }

  /** Shows an image in the chart of its class. */
  showImage(index: ClassIndex, image: ImageIndex): void {
    this.showClass(index);
    this.selected = this.revealed = { kind: 'image', class: index, image };
  }

  /** Moves the pinned iteration along the validations (or dumps, without any). */
  moveCrosshair(by: number): void {
    const at = nearest(this.steps, this.crosshair ?? 0);
    const to = Math.min(this.steps.length - 1, Math.max(0, at + by));
    this.hoveredStep = null;
    this.settings.step = this.steps[to] ?? null;
  }

  /** Shows a stretch of iterations; null shows all. */
  zoomTo(stretch: Stretch | null): void {
    if (!this.extent) return;
    const [from, to] = stretch ?? this.extent;
    this.settings.zoom = zoomedBy([from, to], this.extent, (from + to) / 2, 1, this.#leastWidth);
  }

  /** Zooms around an iteration, which stays where it is on screen; a factor above 1 zooms in. */
  zoomBy(factor: number, at = this.crosshair): void {
    if (!this.extent || !this.scale || at === null) return;
    const { from, to } = this.scale;
    const middle = at < from || at > to ? (from + to) / 2 : at;
    this.settings.zoom = zoomedBy([from, to], this.extent, middle, factor, this.#leastWidth);
  }

  /** Moves the first (0) or the last (1) iteration on screen. */
  resizeWindow(border: 0 | 1, to: number): void {
    if (!this.extent || !this.window) return;
    this.settings.zoom = resized(this.window, this.extent, border, to, this.#leastWidth);
  }

  /** Moves the window by a share of its width. */
  panBy(share: number): void {
    if (!this.extent || !this.scale) return;
    const { from, to } = this.scale;
    this.settings.zoom = pannedBy([from, to], this.extent, share * (to - from));
  }

  /** Makes the rows of images higher or lower. */
  zoomRows(factor: number): void {
    const zoom = this.settings.rowZoom * factor;
    this.settings.rowZoom = Math.min(ROW_ZOOM.most, Math.max(ROW_ZOOM.least, zoom));
  }

  /** Sets a marker at the crosshair, or removes the one that is there. */
  toggleMarker(step = this.crosshair): void {
    if (step !== null) this.settings.markers = toggledMarker(this.settings.markers, step);
  }

  /** Esc: lets go of what is chosen last, one thing at a time. */
  clear(): void {
    if (this.dragged) this.dragged = null;
    else if (this.table) this.table = null;
    else if (this.selected) this.selected = null;
    else if (this.correlations.clear()) return;
    else if (this.settings.step !== null) this.settings.step = null;
    else this.settings.zoom = null;
  }

  /** Narrower than a few columns there is nothing more to see. */
  get #leastWidth(): number {
    const [from, to] = this.extent ?? [0, 1];
    return Math.max(1, (4 * (to - from)) / Math.max(4, this.steps.length));
  }

  /** Tells a run that has grown from one that was only chosen. */
  #followGrowth(): void {
    let before: api.RunCounts | null = null;
    let noted = 'null';
    $effect(() => {
      const { counts, revision } = this;
      if (counts === null || revision === noted) return;
      if (before?.run !== counts.run) this.grewAt = null;
      else this.grewAt = Date.now();
      before = counts;
      noted = revision;
    });
  }
}

async function loadTraining(
  run: string,
  chosen: string | null,
  signal: AbortSignal,
): Promise<Training> {
  const tags = await scalarTags(run, signal);
  const series = (tag: string | undefined): Promise<Series> | null =>
    tag === undefined ? null : scalars(run, tag, signal);
  const loss = chosen !== null && tags.includes(chosen) ? chosen : lossTag(tags);
  const [lossSeries, rate] = await Promise.all([series(loss), series(rateTag(tags))]);
  return { tags, loss: lossSeries, rate };
}

const KEY = Symbol('tracker');

export const provideTracker = (tracker: Tracker): Tracker => setContext(KEY, tracker);

export const useTracker = (): Tracker => getContext<Tracker>(KEY);
