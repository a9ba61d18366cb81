/** The one state object that all parts of the screen share. */
import { getContext, setContext, untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import { extentOfColumns, nearest, timeScale, type TimeScale } from '../charts/axis/scale';
import type { Theme } from '../charts/palette';
import * as api from '../wire/api';
import { lossTag, rateTag, scalars, scalarTags, type Series } from '../wire/scalars';
import type { ClassIndex, ImageIndex, NodeIndex, Step } from '../wire/units';
import { follow, Query } from './query.svelte';
import { initialValues } from './codec';
import { FIELDS, type Settings } from './settings';

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

/** A slider asks when it has rested this long, in milliseconds. */
const SLIDER_DELAY = 60;
const NO_RUN = '';

type Ask<T> = (run: string, signal: AbortSignal) => Promise<T>;

/** To be made while a component is set up: its queries live as long as that. */
export class Tracker {
  /** All that a link reproduces. */
  readonly settings: Settings = $state(initialValues(FIELDS));

  theme = $state<Theme>('light');
  /** Width of the plots in CSS pixels: the same for the timeline and the views. */
  plotWidth = $state(0);
  table = $state<'timeline' | 'view' | null>(null);
  /** The iteration under the pointer. */
  hoveredStep = $state<Step | null>(null);
  hovered = $state.raw<Selection | null>(null);
  selected = $state.raw<Selection | null>(null);
  /** When the run was last seen to grow, in milliseconds since the epoch; null if never. */
  grewAt = $state<number | null>(null);
  /** Counts how often the user asked to try again. */
  #attempts = $state(0);

  readonly runs = new Query<readonly api.RunCounts[]>();
  readonly counts = $derived(this.runs.data?.find(({ run }) => run === this.settings.run) ?? null);
  /** Changes whenever the run has grown. */
  readonly revision = $derived(JSON.stringify(this.counts));
  readonly hasValidations = $derived((this.counts?.validations ?? 0) > 0);
  readonly hasDumps = $derived((this.counts?.dumps ?? 0) > 0);
  /** Number of clusters that are asked for. */
  readonly k = $derived(
    this.counts ? Math.max(1, Math.min(this.settings.k, this.counts.classes)) : this.settings.k,
  );

  readonly run = this.followRun(api.run);
  readonly training = this.followRun(loadTraining);
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
    (run, signal) => api.layerStats(run, this.settings.statistic, signal),
    {
      details: () => this.settings.statistic,
      when: () => this.hasDumps && this.settings.view === 'layers',
    },
  );
  /** Of the open classes. */
  readonly classImages = new SvelteMap<ClassIndex, Query<api.ClassImages>>();

  readonly steps = $derived.by((): readonly Step[] => {
    const steps = this.run.data?.steps;
    return steps ? (steps.validations.length > 0 ? steps.validations : steps.dumps) : [];
  });
  readonly crosshair = $derived(
    this.hoveredStep ?? this.settings.step ?? this.steps.at(-1) ?? null,
  );
  readonly scale = $derived.by((): TimeScale | null => {
    const steps = this.run.data?.steps;
    const extent = this.settings.zoom ?? (steps && extentOfColumns(steps.dumps, steps.validations));
    return extent && this.plotWidth > 0 ? timeScale(extent[0], extent[1], this.plotWidth) : null;
  });
  readonly focus = $derived(this.hovered ?? this.selected);
  readonly anomaliesByClass = $derived(
    Map.groupBy(this.anomalies.data ?? [], (anomaly) => anomaly.class),
  );
  readonly classByName = $derived(api.indexClasses(this.run.data?.classes ?? []));

  constructor(settings: Settings) {
    Object.assign(this.settings, settings);
    this.#followGrowth();
    this.#followOpenClasses();
  }

  /**
   * A query about the chosen run, asked again whenever the run grows, the user tries
   * again, or `details` change; while `when` is false, the last answer stays.
   */
  followRun<T>(
    ask: Ask<T>,
    { details, when }: { details?: () => string; when?: () => boolean } = {},
  ): Query<T> {
    return follow(() => {
      void [this.revision, this.#attempts];
      const run = this.counts?.run;
      return {
        subject: run ?? NO_RUN,
        details: details?.() ?? '',
        delay: SLIDER_DELAY,
        ask: run !== undefined && (when?.() ?? true) ? (signal) => ask(run, signal) : null,
      };
    });
  }

  /** Asks which runs there are, and chooses the first if none is chosen. */
  async loadRuns(): Promise<void> {
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
    settings.openClasses = [];
    this.hoveredStep = null;
    this.hovered = this.selected = null;
  }

  className(index: ClassIndex): string {
    return this.run.data?.classes[index]?.name ?? '';
  }

  /** Asks again for all that is on screen. */
  retry(): void {
    this.#attempts++;
  }

  toggleClass(index: ClassIndex): void {
    this.settings.openClasses = toggled(this.settings.openClasses, index);
  }

  /** Moves the pinned iteration along the validations (or dumps, without any). */
  moveCrosshair(by: number): void {
    const at = nearest(this.steps, this.crosshair ?? 0);
    const to = Math.min(this.steps.length - 1, Math.max(0, at + by));
    this.hoveredStep = null;
    this.settings.step = this.steps[to] ?? null;
  }

  /** Esc: lets go of what is chosen last, one thing at a time. */
  clear(): void {
    if (this.table) this.table = null;
    else if (this.selected) this.selected = null;
    else this.settings.step = null;
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

  /** Loads the images of the open classes, forgets those of closed ones. */
  #followOpenClasses(): void {
    $effect(() => {
      const run = this.run.data;
      const open = this.settings.openClasses;
      void this.#attempts;
      if (!run || run.run !== this.settings.run || !this.hasValidations) return;
      untrack(() => {
        for (const index of this.classImages.keys()) {
          if (!open.includes(index)) this.classImages.delete(index);
        }
        for (const index of open) {
          const name = run.classes[index]?.name;
          if (name === undefined) continue;
          const query = this.classImages.get(index) ?? new Query<api.ClassImages>();
          this.classImages.set(index, query);
          void query.load({
            subject: `${run.run}\n${name}`,
            ask: (signal) => api.classImages(run.run, name, signal),
          });
        }
      });
    });
  }
}

async function loadTraining(run: string, signal: AbortSignal): Promise<Training> {
  const tags = await scalarTags(run, signal);
  const series = (tag: string | undefined): Promise<Series> | null =>
    tag === undefined ? null : scalars(run, tag, signal);
  const [loss, rate] = await Promise.all([series(lossTag(tags)), series(rateTag(tags))]);
  return { loss, rate };
}

export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
}

const KEY = Symbol('tracker');

export const provideTracker = (tracker: Tracker): Tracker => setContext(KEY, tracker);

export const useTracker = (): Tracker => getContext<Tracker>(KEY);
