/** What outlives the runs: features, settings, theme, and which runs there are. */
import { getContext, setContext } from 'svelte';

import { Plot } from '../axis/axis.svelte';
import { axisSettings } from '../axis/settings';
import type { Theme } from '../charts/palette';
import { Runs } from '../run/runs.svelte';
import { runSettings } from '../run/settings';
import { choice, optionalText } from '../settings/codec';
import { declare, setting, type ValuesOf } from '../settings/setting';
import { SettingsStore, type Memory } from '../settings/store.svelte';
import type { Feature, View } from './feature';
import { byName, selectionCodec, type AnyKind } from './selection';
import type { Filling } from './slots';
import { timelineSettings } from './timeline/settings';

/** What links mean that name no view: the first one of 0.1.0. */
const OF_LINKS = 'validation';

function screenSettings(views: readonly View[], kinds: ReadonlyMap<string, AnyKind>) {
  const ids = views.map(({ id }) => id);
  return declare('screen', {
    run: setting(optionalText, null, 'view', 'r'),
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

  /** Takes over an address; without any, the first view is shown. */
  open(address: string | null): void {
    this.store.read(address ?? '');
    const first = this.views[0];
    if (address === null && first) this.settings.view = first.id;
  }

  /** Asks which runs there are, and chooses the first if none is chosen. */
  async loadRuns(): Promise<void> {
    await this.runs.load();
    const first = this.runs.data?.[0];
    if (!first || this.runs.find(this.settings.run)) return;
    // A link that names no run may still say what to open in it.
    if (this.settings.run === null) this.settings.run = first.run;
    else this.choose(first.run);
  }

  /** Shows another run; what belongs to the one before is as it was at first. */
  choose(run: string): void {
    if (run === this.settings.run) return;
    this.store.reset('run');
    this.settings.run = run;
  }
}

const KEY = Symbol('shell');

export const provideShell = (shell: Shell): Shell => setContext(KEY, shell);

export const useShell = (): Shell => getContext<Shell>(KEY);
