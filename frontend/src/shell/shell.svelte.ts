/** What outlives the runs: features, settings, theme, and which runs there are. */
import { getContext, setContext } from 'svelte';

import { Plot } from '../axis/axis.svelte';
import { axisSettings } from '../axis/settings';
import type { Theme } from '../charts/palette';
import { Runs } from '../run/runs.svelte';
import { runSettings } from '../run/settings';
import { choice, optionalText, words } from '../settings/codec';
import { declare, setting, type ValuesOf } from '../settings/setting';
import { SettingsStore, type Memory } from '../settings/store.svelte';
import type { Feature, View } from './feature';
import { chosenWith, shownInstead } from './chosen';
import { markOfRun, type Mark } from './marks';
import { byName, selectionCodec, type AnyKind } from './selection';
import type { Filling } from './slots';
import { timelineSettings } from './timeline/settings';

/** What links mean that name no view: the first one of 0.1.0. */
const OF_LINKS = 'validation';

function screenSettings(views: readonly View[], kinds: ReadonlyMap<string, AnyKind>) {
  const ids = views.map(({ id }) => id);
  return declare('screen', {
    /** The one whose views are shown. */
    run: setting(optionalText, null, 'view', 'r'),
    /** All that were chosen, that one among them; empty if it is the only one. */
    runs: setting(words, [], 'visit'),
    view: setting(choice(ids), OF_LINKS, 'view', 'v'),
    /** What the inspector shows. */
    selected: setting(selectionCodec(kinds), null, 'run', 'e'),
  });
}

export class Shell {
  readonly features: readonly Feature[];
  readonly views: readonly View[];
  readonly kinds: ReadonlyMap<string, AnyKind>;
  readonly fillings: readonly Filling[];
  readonly store: SettingsStore;
  readonly settings: ValuesOf<ReturnType<typeof screenSettings>>;
  readonly runs = new Runs();
  readonly plot = new Plot();
  theme = $state<Theme>('light');
  /** Which chart is shown as a table. */
  table = $state<'timeline' | 'view' | null>(null);
  /** A view whose pieces the one on screen shows. */
  within = $state<string | null>(null);
  /** Whether the tab still chooses where to look: it was opened without a link. */
  isOpening = $state(false);
  /** What a picture is made of. */
  main = $state<HTMLElement>();

  constructor(features: readonly Feature[], memory: Memory | null = null) {
    this.features = features;
    this.views = features.flatMap(({ view }) => view ?? []);
    this.kinds = byName(features.flatMap(({ kinds = [] }) => kinds));
    this.fillings = features.flatMap(({ fillings = [] }) => fillings);
    const screen = screenSettings(this.views, this.kinds);
    const declared = features.flatMap(({ settings }) => settings ?? []);
    this.store = new SettingsStore(
      [screen, axisSettings, runSettings, timelineSettings, ...declared],
      memory,
    );
    this.settings = this.store.of(screen);
  }

  get view(): View | undefined {
    return this.views.find(({ id }) => id === this.settings.view);
  }

  /** The runs that the shown one is compared with, in the order in which they were chosen. */
  get compared(): readonly string[] {
    const { run, runs } = this.settings;
    return runs.filter((name) => name !== run && this.runs.find(name) !== null);
  }

  /** Chooses what the shown run is compared with. */
  compare(runs: readonly string[]): void {
    this.settings.runs = chosenWith(this.settings.run, this.settings.runs, runs);
  }

  /** The mark of a chosen run: the same wherever it is drawn. */
  markOf(name: string): Mark {
    const { run, runs } = this.settings;
    // A link may leave out the shown one.
    const chosen = chosenWith(run, runs, this.compared);
    return markOfRun(chosen.length > 0 ? chosen.indexOf(name) : 0, this.theme);
  }

  /** Takes over an address; without any, the first view is shown. */
  open(address: string | null): void {
    this.store.read(address ?? '');
    this.isOpening = address === null;
    const first = this.views[0];
    if (address === null && first) this.settings.view = first.id;
  }

  /** Asks which runs there are, and chooses one that was chosen before, or the first, if none is. */
  async loadRuns(): Promise<void> {
    await this.runs.load();
    const { run, runs } = this.settings;
    const name = runs.find((each) => this.runs.find(each)) ?? this.runs.data?.[0]?.run;
    if (name === undefined || this.runs.find(run)) return;
    // A link that names no run may still say what to open in it.
    if (run === null) this.settings.run = name;
    else this.choose(name);
  }

  /**
   * Shows another run; what belongs to the one before is as it was at first, but for where one
   * looks: runs that are compared are looked at at the same iterations.
   */
  choose(run: string): void {
    if (run === this.settings.run) return;
    const axis = this.store.of(axisSettings);
    const { step, zoom } = axis;
    const isCompared = this.settings.runs.includes(run);
    this.store.reset('run');
    if (isCompared) [axis.step, axis.zoom] = [step, zoom];
    this.settings.runs = shownInstead(run, this.settings.run, this.settings.runs);
    this.settings.run = run;
  }
}

const KEY = Symbol('shell');

export const provideShell = (shell: Shell): Shell => setContext(KEY, shell);

export const useShell = (): Shell => getContext<Shell>(KEY);
