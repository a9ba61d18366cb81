/** What the Correlation View and the cube share: their data, and what is lit in them. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import type { Module } from '../../run/wire';
import { screenOf, type Screen } from '../../shell/screen.svelte';
import { Slot } from '../../shell/slots';
import type { LayerIndex } from '../../wire/units';
import { AnomaliesState } from '../anomalies/api';
import { layersSettings } from '../layers/api';
import { SuggestedState } from '../suggested/api';
import { ValidationState } from '../validation/api';
import { planGrid, type Detail, type Grid } from './grid';
import { orderClasses } from './order';
import { light, samePick, samePicks, type Lit, type Pick } from './picks';
import { correlationSettings } from './settings';
import * as wire from './wire';

/** Enough to tell p = 0.001 from less; it takes a second at most for what fits a screen. */
const SHUFFLES = 1000;
/** More dumps than a screen has columns are asked for, so that zooming in shows more. */
const COLUMNS = 4096;

export const VIEW = 'correlation';

/** A further view of the correlation. */
export interface GridView {
  /** Its name in the address. */
  readonly id: string;
  readonly detail: Detail;
  /** Whether it shows the filters' values. */
  readonly hasFilters: boolean;
}
export const gridViews = new Slot<GridView>();

export type Group = 'A' | 'B';

/** What chance makes and the filters' values belong to the same correlation; null if they are not shown. */
interface Related {
  readonly correlation: wire.Correlation;
  readonly chance: wire.Chance | null;
  readonly filters: wire.MiniSetFilters | null;
}

export class CorrelationState {
  readonly #run: RunScope;
  readonly #screen: Screen;
  readonly settings;
  readonly related: Query<Related>;
  readonly #surprise: Query<wire.Surprise>;
  /** What the controls ask for. */
  readonly query = $derived.by((): wire.CorrelationParameters => {
    const { window, minScore } = this.#run.state(AnomaliesState);
    const { minAppearances } = this.settings;
    const { measure } = this.#run.settings(layersSettings);
    return {
      window: window ?? 1,
      minScore: minScore ?? 0,
      topK: this.topK ?? 1,
      measure,
      minAppearances,
    };
  });
  /** Number of anomaly filters of an iteration; null until it is known what the run suggests. */
  readonly topK = $derived.by(() => this.settings.topK ?? this.#run.state(SuggestedState).topK);
  readonly #isKnown = $derived.by(() => {
    const { window, minScore } = this.#run.state(AnomaliesState);
    return window !== null && minScore !== null && this.topK !== null;
  });
  /** The view of the correlation that is on screen. */
  readonly #shown = $derived.by((): GridView | null => {
    const own = { id: VIEW, detail: this.settings.detail, hasFilters: false };
    const all = [own, ...this.#screen.filled(gridViews)];
    return all.find(({ id }) => id === this.#screen.view) ?? null;
  });
  readonly isShown = $derived.by(() => this.#shown !== null);
  readonly #hasFilters = $derived.by(() => this.#shown?.hasFilters ?? false);
  readonly #detail = $derived.by(() => this.#shown?.detail ?? this.settings.detail);
  readonly #order = $derived.by(() => {
    const data = this.related.data?.correlation;
    if (!data) return [];
    return orderClasses(
      this.settings.classOrder,
      data.classes,
      data.miniSets,
      (index) => this.#run.className(index),
      meanErrors(this.#run.state(ValidationState)),
    );
  });
  readonly #rowOf = $derived.by(() => rowNames(this.#run, this.settings.rowsBy === 'module'));
  readonly grid = $derived.by((): Grid | null => {
    const related = this.related.data;
    if (!related) return null;
    const { correlation, chance } = related;
    return planGrid({
      correlation,
      chance,
      detail: this.#detail,
      order: this.#order,
      rowOf: this.#rowOf,
    });
  });
  readonly surprise = $derived.by((): wire.Surprise | null => {
    const [data, shown] = [this.#surprise.data, this.related.data?.correlation];
    // An answer to another question, or about another moment of the log, does not fit.
    const fits = data?.query === shown?.query && data?.classes.length === shown?.miniSets.length;
    return fits ? data : null;
  });
  readonly surpriseError = $derived.by(() => this.#surprise.error);
  /** What is under the pointer. */
  hovered = $state.raw<readonly Pick[]>([]);
  /** The group that a click adds to. */
  group = $state<Group>('A');
  readonly litA = $derived.by(() => this.#light(this.settings.picksA));
  readonly litB = $derived.by(() => this.#light(this.settings.picksB));
  readonly litHovered = $derived.by(() => this.#light(this.hovered));

  constructor(run: RunScope) {
    this.#run = run;
    this.#screen = screenOf(run);
    this.settings = run.settings(correlationSettings);
    const isAsked = (): boolean => this.isShown && run.hasDumps && this.#isKnown;
    this.related = run.aboutPredictions(
      (about, signal) => load(about, this.query, this.#hasFilters, signal),
      { details: () => JSON.stringify([this.query, this.#hasFilters]), when: isAsked },
    );
    this.#surprise = run.aboutPredictions(
      (about, signal) => wire.surprise(about, this.query, SHUFFLES, signal),
      {
        details: () => JSON.stringify(this.query),
        // What is on screen comes first: the test takes longer.
        when: () => isAsked() && this.related.data !== null && !this.related.pending,
      },
    );
  }

  picksOf(group: Group): readonly Pick[] {
    return group === 'A' ? this.settings.picksA : this.settings.picksB;
  }

  litOf(group: Group): Lit | null {
    return group === 'A' ? this.litA : this.litB;
  }

  /** Picks into the chosen group: alone, or with what it has (out of it, if it is there already). */
  pick(picks: readonly Pick[], more: boolean): void {
    const before = this.picksOf(this.group);
    const isIn = (pick: Pick, list: readonly Pick[]): boolean =>
      list.some((each) => samePick(each, pick));
    const areIn = picks.every((pick) => isIn(pick, before));
    if (!more) this.setPicks(this.group, areIn && samePicks(picks, before) ? [] : picks);
    else if (areIn)
      this.setPicks(
        this.group,
        before.filter((pick) => !isIn(pick, picks)),
      );
    else {
      const added = picks.filter((pick) => !isIn(pick, before));
      this.setPicks(this.group, [...before, ...added]);
    }
  }

  /** What a click on picks does; one on nothing empties the group. */
  choose(picks: readonly Pick[], more: boolean): void {
    if (picks.length > 0) this.pick(picks, more);
    else if (!more) this.setPicks(this.group, []);
  }

  setPicks(group: Group, picks: readonly Pick[]): void {
    // What was selected in another view has nothing to do with what is picked here.
    if (picks.length > 0) this.#screen.selected = null;
    this.settings[group === 'A' ? 'picksA' : 'picksB'] = picks;
  }

  hover(picks: readonly Pick[]): void {
    if (!samePicks(picks, this.hovered)) this.hovered = picks;
  }

  /** Empties the groups one after the other; false if there was nothing in them to be seen. */
  clear(): boolean {
    if (!this.isShown) return false;
    const groups = (['B', 'A'] as const).filter((group) => this.picksOf(group).length > 0);
    const [last] = groups;
    if (last) this.setPicks(last, []);
    return last !== undefined;
  }

  #light(picks: readonly Pick[]): Lit | null {
    return this.grid && picks.length > 0 ? light(this.grid, picks) : null;
  }
}

async function load(
  about: Parameters<typeof wire.correlation>[0],
  query: wire.CorrelationParameters,
  withFilters: boolean,
  signal: AbortSignal,
): Promise<Related> {
  const [correlation, chance, values] = await Promise.all([
    wire.correlation(about, query, signal),
    wire.expectedFilters(about, query, signal),
    withFilters ? wire.miniSetFilters(about, query, COLUMNS, signal) : null,
  ]);
  // Answers about two moments of a log that grows do not fit; the next ones will.
  return {
    correlation,
    chance: chance.expected.length === correlation.filters.length ? chance : null,
    filters: values?.rows === rowsOf(correlation) ? values : null,
  };
}

const rowsOf = ({ miniSets }: wire.Correlation): number =>
  miniSets.reduce((sum, { filters }) => sum + filters.length, 0);

/** The row that a layer is in: its own, or that of the module right above it. */
function rowNames({ data }: RunScope, byModule: boolean): (layer: LayerIndex) => string {
  const names = (data?.layers ?? []).map(({ name }) => name);
  const visit = (module: Module): void => {
    for (const child of module.children ?? []) {
      if (child.layer !== undefined && module.name !== '') names[child.layer] = module.name;
      visit(child);
    }
  };
  if (byModule && data?.modules) visit(data.modules);
  return (layer) => names[layer] ?? '';
}

/** Mean error rate of a class over the validations. */
function meanErrors(validation: ValidationState): (index: number) => number {
  return (index) => {
    let [sum, count] = [0, 0];
    for (const rate of validation.ratesOf(index)) {
      if (Number.isNaN(rate)) continue;
      sum += rate;
      count++;
    }
    return count > 0 ? sum / count : 0;
  };
}
