/** A statistic of the layers that two runs have. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import {
  axisOf,
  distributions,
  LayersState,
  layersSettings,
  layerStats,
  numbersOf,
  type Distributions,
  type LayerStats,
  type StatisticsBeside,
} from '../layers/api';
import type { Rates } from './ahead';
import { pairedLayers } from './paired';
import { CompareState } from './state.svelte';

/** A layer, and its statistic in the shown run and in the other one. */
export interface LayerPair {
  readonly name: string;
  readonly series: readonly Rates[];
}

type OfBoth = readonly [shown: LayerStats, other: LayerStats];

export class LayersBeside {
  readonly #run: RunScope;
  readonly #compare: CompareState;
  readonly settings;
  readonly #query: Query<{ readonly other: string; readonly stats: OfBoth }>;
  readonly #boxes: Query<{ readonly other: string; readonly all: Distributions }>;
  /** What was logged of layers; of the other run it may not be. */
  readonly statistics = $derived.by(() => this.#run.data?.statistics ?? []);
  readonly axis = $derived.by(() => axisOf(this.settings.statistic));
  readonly rows = $derived.by((): readonly LayerPair[] => {
    const { data } = this.#query;
    if (data?.other !== this.#compare.other) return [];
    const [shown, other] = data.stats;
    const steps = this.#compare.among(other.steps);
    const names = this.#run.data?.layers.map(({ name }) => name) ?? [];
    return pairedLayers(names, shown.nodes, other.nodes).map(([name, i, j]) => ({
      name,
      series: [
        { steps: shown.steps, values: this.axis.drawn(rowOf(shown, i)) },
        { steps, values: this.axis.drawn(rowOf(other, j)) },
      ],
    }));
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.#compare = run.state(CompareState);
    this.settings = run.settings(layersSettings);
    const other = (): string => this.#compare.other ?? '';
    this.#query = run.about(
      async (about, signal) => {
        const [name, { statistic }] = [other(), this.settings];
        const stats = await Promise.all([
          layerStats(about.run, statistic, signal),
          layerStats(name, statistic, signal),
        ]);
        return { other: name, stats };
      },
      {
        details: () => JSON.stringify([other(), this.settings.statistic]),
        when: () => run.hasDumps && this.#isShown,
        again: () => run.growthOf(this.#compare.other),
      },
    );
    const layers = run.state(LayersState);
    this.#boxes = run.about(
      async (_, signal) => {
        const name = other();
        return { other: name, all: await distributions(name, layers.distributed, signal) };
      },
      {
        details: () => JSON.stringify([other(), layers.distributed]),
        when: () => run.hasDumps && this.#isBeside && this.settings.chart === 'box',
        again: () => run.growthOf(this.#compare.other),
      },
    );
  }

  get #isShown(): boolean {
    return this.#compare.shows('layers') || (this.#isBeside && this.settings.chart !== 'box');
  }

  get #isBeside(): boolean {
    return this.#compare.isBeside('layers');
  }

  /** The other run's statistics of modules and layers, among the shown run's iterations. */
  get beside(): Pick<StatisticsBeside, 'steps' | 'of' | 'boxSteps' | 'numbers'> | null {
    if (!this.#isBeside) return null;
    return this.settings.chart === 'box' ? this.#boxesBeside : this.#linesBeside;
  }

  get #linesBeside() {
    const { data } = this.#query;
    if (data?.other !== this.#compare.other) return null;
    const [, other] = data.stats;
    if (other.stat !== this.settings.statistic) return null;
    return {
      steps: this.#compare.among(other.steps),
      of: (node: string) => {
        const row = other.nodes.indexOf(node);
        return row < 0 ? null : rowOf(other, row);
      },
      boxSteps: [],
      numbers: () => null,
    };
  }

  get #boxesBeside() {
    const { data } = this.#boxes;
    if (data?.other !== this.#compare.other) return null;
    const { all } = data;
    return {
      steps: [],
      of: () => null,
      boxSteps: this.#compare.among(all.steps),
      numbers: (node: string) => {
        const row = all.nodes.indexOf(node);
        return row < 0 ? null : numbersOf(all, row);
      },
    };
  }

  get error(): string | null {
    return this.#query.error;
  }

  /** Whether there is nothing to wait for. */
  get isLoaded(): boolean {
    return !this.#run.hasDumps || this.#query.data !== null;
  }
}

function rowOf({ steps, values }: LayerStats, row: number): Float32Array {
  const n = steps.length;
  return values.subarray(row * n, (row + 1) * n);
}
