/** What the Correlation View and the cube share: their data, and what is lit in them. */
import { planGrid, type Detail, type Grid } from './grid';
import { orderClasses } from './order';
import { light, samePick, samePicks, type Lit, type Pick } from './picks';
import {
  correlation,
  miniSetFilters,
  surprise,
  type Correlation,
  type CorrelationQuery,
  type MiniSetFilters,
  type Surprise,
} from './wire';
import type { Module } from '../../run/wire';
import type { LayerIndex } from '../../wire/units';
import type { Query } from '../../run/query.svelte';
import type { Tracker } from '../../run/scope.svelte';

/** Enough to tell p = 0.001 from less; it takes a second at most for what fits a screen. */
const SHUFFLES = 1000;
/** More dumps than a screen has columns are asked for, so that zooming in shows more. */
const COLUMNS = 4096;

export type Group = 'A' | 'B';

/** The filters' values are there only for the cube, and belong to the same correlation. */
interface Related {
  readonly correlation: Correlation;
  readonly filters: MiniSetFilters | null;
}

/** To be made by the tracker, whose life it shares. */
export class Correlations {
  readonly #tracker: Tracker;
  readonly related: Query<Related>;
  readonly #surprise: Query<Surprise>;
  /** What the controls ask for. */
  readonly query: CorrelationQuery;
  readonly grid: Grid | null;
  readonly surprise: Surprise | null;
  readonly surpriseError: string | null;
  /** What is under the pointer. */
  hovered = $state.raw<readonly Pick[]>([]);
  /** The group that a click adds to. */
  group = $state<Group>('A');
  readonly litA: Lit | null;
  readonly litB: Lit | null;
  readonly litHovered: Lit | null;
  /** Whether one of the two views is on screen. */
  readonly isShown: boolean;

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
    const { settings } = tracker;
    this.query = $derived({
      window: settings.window,
      minScore: settings.minScore,
      topK: settings.topK,
      measure: settings.filterMeasure,
      minAppearances: settings.minAppearances,
    });
    this.isShown = $derived(settings.view === 'correlation' || settings.view === 'cube');
    const options = {
      details: () => JSON.stringify([this.query, settings.view === 'cube']),
      when: () => this.isShown && tracker.hasValidations && tracker.hasDumps,
    };
    this.related = tracker.followRun((run, signal) => {
      return load(run, this.query, settings.view === 'cube', signal);
    }, options);
    this.#surprise = tracker.followRun(
      (run, signal) => {
        return surprise(run, this.query, SHUFFLES, signal);
      },
      {
        details: () => JSON.stringify(this.query),
        // What is on screen comes first: the test takes longer.
        when: () => options.when() && this.related.data !== null && !this.related.pending,
      },
    );
    const rowOf = $derived(
      rowNames(tracker, settings.rowsBy === 'module' ? tracker.run.data?.modules : null),
    );
    const order = $derived.by(() => {
      const data = this.related.data?.correlation;
      if (!data) return [];
      return orderClasses(
        settings.classOrder,
        data.classes,
        data.miniSets,
        (index) => tracker.className(index),
        meanErrors(tracker),
      );
    });
    const detail = $derived<Detail>(settings.view === 'cube' ? 'advanced' : settings.detail);
    this.grid = $derived(
      this.related.data
        ? planGrid({ correlation: this.related.data.correlation, detail, order, rowOf })
        : null,
    );
    this.surprise = $derived.by(() => {
      const [data, shown] = [this.#surprise.data, this.related.data?.correlation];
      // An answer to another question, or about another moment of the log, does not fit.
      const fits = data?.query === shown?.query && data?.classes.length === shown?.miniSets.length;
      return fits ? data : null;
    });
    this.surpriseError = $derived(this.#surprise.error);
    const lit = (picks: readonly Pick[]): Lit | null =>
      this.grid && picks.length > 0 ? light(this.grid, picks) : null;
    this.litA = $derived(lit(settings.picksA));
    this.litB = $derived(lit(settings.picksB));
    this.litHovered = $derived(lit(this.hovered));
  }

  picksOf(group: Group): readonly Pick[] {
    return group === 'A' ? this.#tracker.settings.picksA : this.#tracker.settings.picksB;
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

  setPicks(group: Group, picks: readonly Pick[]): void {
    this.#tracker.settings[group === 'A' ? 'picksA' : 'picksB'] = picks;
  }

  hover(picks: readonly Pick[]): void {
    if (!samePicks(picks, this.hovered)) this.hovered = picks;
  }

  /** Lets go of the picks, group after group; false if there was none to be seen. */
  clear(): boolean {
    if (!this.isShown) return false;
    const groups = (['B', 'A'] as const).filter((group) => this.picksOf(group).length > 0);
    const [last] = groups;
    if (last) this.setPicks(last, []);
    return last !== undefined;
  }
}

async function load(
  run: string,
  query: CorrelationQuery,
  withFilters: boolean,
  signal: AbortSignal,
): Promise<Related> {
  const filters = withFilters ? miniSetFilters(run, query, COLUMNS, signal) : null;
  const [found, values] = await Promise.all([correlation(run, query, signal), filters]);
  return { correlation: found, filters: values?.rows === rowsOf(found) ? values : null };
}

const rowsOf = ({ miniSets }: Correlation): number =>
  miniSets.reduce((sum, { filters }) => sum + filters.length, 0);

/** The row that a layer is in: its own, or that of the module right above it. */
function rowNames(
  tracker: Tracker,
  root: Module | null | undefined,
): (layer: LayerIndex) => string {
  const names = (tracker.run.data?.layers ?? []).map(({ name }) => name);
  const visit = (module: Module): void => {
    for (const child of module.children ?? []) {
      if (child.layer !== undefined && module.name !== '') names[child.layer] = module.name;
      visit(child);
    }
  };
  if (root) visit(root);
  return (layer) => names[layer] ?? '';
}

/** Mean error rate of a class over the validations. */
function meanErrors(tracker: Tracker): (index: number) => number {
  const rates = tracker.errorRates.data;
  const n = rates?.steps.length ?? 0;
  return (index) => {
    const own = rates?.classes.subarray(index * n, (index + 1) * n) ?? [];
    let [sum, count] = [0, 0];
    for (const rate of own) {
      if (Number.isNaN(rate)) continue;
      sum += rate;
      count++;
    }
    return count > 0 ? sum / count : 0;
  };
}
