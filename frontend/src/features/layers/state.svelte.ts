/** The layers of the run: their hierarchy, what is open of it, and the filters on screen. */
import { bisectLeft, bisectRight } from 'd3-array';
import { untrack } from 'svelte';
import { MediaQuery, SvelteMap } from 'svelte/reactivity';

import type { Range } from '../../axis/range';
import { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import type { Run } from '../../run/wire';
import { toggled } from '../../settings/toggled';
import { screenOf, type Screen } from '../../shell/screen.svelte';
import type { LayerIndex, NodeIndex } from '../../wire/units';
import { planAllRidges, planCharts } from './filters';
import { filterImages, type FilterImages } from './filterimages';
import { filterKind, VIEW } from './kinds';
import { ancestors, flatten, initiallyClosed, leaves, levels, type Node } from './network/nodes';
import type { Ridges } from './ridges/plan';
import { layersSettings } from './settings';
import { axisOf, rangeOf } from './statistics';
import { CROPPING_STEP, planStructure, type Structure } from './structure';
import * as wire from './wire';

/** More values than this in a layer's filters are asked for in part, or coarser. */
const MAX_VALUES = 2 ** 21;
/** Values of a coarse answer. */
const MAX_BLOCKS = 2 ** 19;
const MIN_COLUMNS = 32;
/** Widths of what is written left of the plots, in CSS pixels. */
const LABELS = { wide: 212, narrow: 148 } as const;
/** A visible range that moves is asked for when it has rested this long, in milliseconds. */
export const RANGE_DELAY = 120;

export class LayersState {
  readonly #run: RunScope;
  readonly #screen: Screen;
  readonly settings;
  readonly #images: readonly FilterImages[];
  readonly #narrow = new MediaQuery('max-width: 860px');

  readonly nodes = $derived.by((): readonly Node[] => {
    const { data } = this.#run;
    return data ? flatten(data) : [];
  });
  /** The node of each layer. */
  readonly leafOf = $derived.by(() => leaves(this.nodes));
  readonly closed = $derived.by(() => this.settings.closedNodes ?? initiallyClosed(this.nodes));
  /** The network's graph, if there is room for it and it is wanted. */
  readonly structure = $derived.by((): Structure | null => {
    const { data } = this.#run;
    const isHidden = this.settings.structureHidden || this.#narrow.current;
    return data && !isHidden ? planStructure(data, this.nodes) : null;
  });
  /** Right border of the rectangles that tell the rows' levels, in CSS pixels. */
  readonly croppingEnd = $derived.by(
    () => (this.structure?.width ?? 4) + CROPPING_STEP * levels(this.nodes),
  );
  /** Where the plots begin. */
  readonly gutter = $derived.by(
    () => this.croppingEnd + (this.#narrow.current ? LABELS.narrow : LABELS.wide),
  );
  /** What box plots are of. */
  readonly distributed = $derived.by((): wire.Distributed =>
    this.settings.statistic.startsWith('gradient') ? 'gradient' : 'weight',
  );
  /** What is drawn of the layers, or, of box plots, the number beside them. */
  readonly statistic = $derived.by(() =>
    this.settings.chart === 'box' ? `${this.distributed}_median` : this.settings.statistic,
  );
  /** Whether all layers have one scale. */
  readonly sharesScale = $derived.by(
    () => this.settings.sharedScale ?? this.settings.chart === 'horizon',
  );
  readonly stats: Query<wire.LayerStats>;
  readonly distributions: Query<wire.Distributions>;
  /** Those of the box plots, if these are shown. */
  readonly boxes = $derived.by(() =>
    this.settings.chart === 'box' ? this.distributions.data : null,
  );
  /** Range of the axis that all layers share; null if each has its own. */
  readonly sharedRange = $derived.by((): readonly [number, number] | null => {
    const stats = this.stats.data;
    if (!this.sharesScale || !stats) return null;
    return rangeOf(axisOf(stats.stat), stats.values, this.boxes);
  });
  /** Of the open layers, and of the layer whose filter is in focus. */
  readonly filters = new SvelteMap<LayerIndex, Query<wire.LayerFilters>>();
  readonly charts = $derived.by(() => {
    // Only what they depend on: another plan takes tens of milliseconds.
    const { normalize, filterOrder, logColors } = this.settings;
    const step = filterOrder === 'value' ? this.#run.axis.settings.step : null;
    return planCharts(this.filters, { normalize, filterOrder, logColors, step });
  });

  /** How the filters of the layers are distributed, if that is shown. */
  readonly ridges = $derived.by((): ReadonlyMap<LayerIndex, Ridges> => {
    const { scale } = this.#run.axis;
    return planAllRidges(this.settings.form === 'ridges' ? this.charts : [], scale);
  });

  /** The layers whose filters are on screen. */
  readonly wanted = $derived.by((): readonly LayerIndex[] => {
    const { focus } = this.#screen;
    const open =
      this.#screen.view === VIEW
        ? this.settings.openLayers.flatMap((node) => this.nodes[node]?.layer ?? [])
        : [];
    return filterKind.is(focus) && !open.includes(focus.layer) ? [...open, focus.layer] : open;
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.#screen = screenOf(run);
    this.settings = run.settings(layersSettings);
    this.#images = this.#screen.filled(filterImages);
    const isShown = (): boolean => run.hasDumps && this.#screen.view === VIEW;
    this.stats = run.about((about, signal) => wire.layerStats(about.run, this.statistic, signal), {
      details: () => this.statistic,
      when: isShown,
    });
    this.distributions = run.about(
      (about, signal) => wire.distributions(about.run, this.distributed, signal),
      { details: () => this.distributed, when: () => isShown() && this.settings.chart === 'box' },
    );
    this.#followFilters();
  }

  /** How filters of a layer are shown as images; null if they cannot be. */
  imagesOf(layer: LayerIndex | null): FilterImages | null {
    if (layer === null) return null;
    return this.#images.find(({ has }) => has(this.#run, layer)) ?? null;
  }

  /** The same; null too while they are shown by a measure. */
  shownImagesOf(layer: LayerIndex | null): FilterImages | null {
    const images = this.imagesOf(layer);
    return images?.isShown(this.#run) ? images : null;
  }

  /** Opens or closes a module, or the filters of a layer. */
  toggle(index: NodeIndex): void {
    const { settings } = this;
    const node = this.nodes[index];
    if (!node) return;
    if (node.layer === null) settings.closedNodes = toggled(this.closed, index);
    else settings.openLayers = toggled(settings.openLayers, index);
  }

  isOpen(node: Node): boolean {
    return node.layer === null
      ? !this.closed.includes(node.index)
      : this.settings.openLayers.includes(node.index);
  }

  /** Opens what hides a node. */
  uncover(index: NodeIndex): void {
    const above = ancestors(this.nodes, index).map((node) => node.index);
    if (this.closed.some((node) => above.includes(node))) {
      this.settings.closedNodes = this.closed.filter((node) => !above.includes(node));
    }
  }

  /** Loads the filters that are wanted, forgets the others. */
  #followFilters(): void {
    $effect(() => {
      const { data, hasDumps } = this.#run;
      const { measure } = this.settings;
      const { wanted } = this;
      if (!data || !hasDumps) return;
      // Only what is too large to have at once is asked for again when the visible range moves.
      const range = wanted.some((layer) => isLarge(data, layer)) ? this.#run.axis.visible : null;
      untrack(() => {
        for (const [layer, query] of this.filters) {
          if (wanted.includes(layer)) continue;
          query.end();
          this.filters.delete(layer);
        }
        for (const layer of wanted) this.#load(data, layer, measure, range);
      });
    });
    $effect(() => () => {
      this.filters.forEach((query) => {
        query.end();
      });
    });
  }

  #load(data: Run, layer: LayerIndex, measure: string, range: Range | null): void {
    const name = data.layers[layer]?.name;
    if (name === undefined) return;
    const query = this.filters.get(layer) ?? new Query<wire.LayerFilters>();
    this.filters.set(layer, query);
    const part = dumpsPart(data, layer, range);
    void query.load({
      subject: name,
      details: `${measure} ${JSON.stringify(part)}`,
      delay: RANGE_DELAY,
      ask: (signal) => wire.layerFilters(data.run, name, measure, part, data.steps.dumps, signal),
    });
  }
}

const isLarge = ({ layers, steps }: Run, layer: LayerIndex): boolean =>
  (layers[layer]?.filters ?? 0) * steps.dumps.length > MAX_VALUES;

/** Positions of the visible dumps, and of one beside them on either side. */
export function dumpsWithin({ steps }: Run, range: Range | null): readonly [number, number] {
  const dumps = steps.dumps as number[];
  if (!range) return [0, dumps.length];
  const end = Math.min(dumps.length, bisectRight(dumps, range[1]) + 1);
  return [Math.max(0, bisectLeft(dumps, range[0]) - 1), end];
}

/** What to ask of a layer whose filters are too many values: the visible dumps. */
function dumpsPart(run: Run, layer: LayerIndex, range: Range | null): wire.DumpsPart | null {
  if (!isLarge(run, layer) || !range) return null;
  const filters = run.layers[layer]?.filters ?? 0;
  return {
    dumps: dumpsWithin(run, range),
    maxColumns: Math.max(MIN_COLUMNS, Math.floor(MAX_BLOCKS / filters)),
  };
}
