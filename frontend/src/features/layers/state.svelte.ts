/** The layers of the chosen run: their hierarchy, what is open of it, and the filters on screen. */
import { bisectLeft, bisectRight } from 'd3-array';
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import * as api from '../../run/wire';
import * as layerApi from './wire';
import type { FilterIndex, LayerIndex, NodeIndex, Step } from '../../wire/units';
import { KERNEL_SIZE } from '../kernels/plan';
import { ancestors, flatten, initiallyClosed, leaves, type Node } from './network/nodes';
import { Query } from '../../run/query.svelte';
import { toggled } from '../../settings/toggled';
import type { Tracker } from '../../run/scope.svelte';
import type { Stretch } from '../../axis/range';

/** More values than this in a layer's filters are asked for in part, or coarser. */
const MOST_VALUES = 2 ** 21;
/** Values of a coarse answer. */
const MOST_BLOCKS = 2 ** 19;
const LEAST_COLUMNS = 32;
/** A window that moves is asked for when it has rested this long, in milliseconds. */
const WINDOW_DELAY = 120;

export class LayerState {
  readonly #tracker: Tracker;

  readonly nodes = $derived.by((): readonly Node[] => {
    const run = this.#tracker.run.data;
    return run ? flatten(run) : [];
  });
  /** The node of each layer. */
  readonly leafOf = $derived(leaves(this.nodes));
  readonly closed = $derived.by(
    () => this.#tracker.settings.closedNodes ?? initiallyClosed(this.nodes),
  );
  /** What box plots are of. */
  readonly distributed = $derived.by((): layerApi.Distributed =>
    this.#tracker.settings.statistic.startsWith('gradient') ? 'gradient' : 'weight',
  );
  readonly distributions: Query<layerApi.Distributions>;
  readonly findings: Query<readonly api.Finding[]>;
  /** Of the layer whose filters are images, if they are on screen. */
  readonly kernels: Query<layerApi.Kernels>;
  /** Of the open layers, and of the layer whose filter is in focus. */
  readonly filters = new SvelteMap<LayerIndex, Query<layerApi.LayerFilters>>();
  /** What the Layer View is to bring on screen next. */
  revealed = $state.raw<NodeIndex | null>(null);

  readonly #wanted = $derived.by((): readonly LayerIndex[] => {
    const { settings, focus } = this.#tracker;
    const open =
      settings.view === 'layers'
        ? settings.openLayers.flatMap((node) => this.nodes[node]?.layer ?? [])
        : [];
    return focus?.kind === 'filter' && !open.includes(focus.layer) ? [...open, focus.layer] : open;
  });

  readonly #showsKernels = $derived.by((): boolean => {
    const { run, settings } = this.#tracker;
    const layer = run.data?.kernels ?? null;
    if (layer === null || !this.#wanted.includes(layer)) return false;
    return settings.kernelImages || this.#tracker.focus?.kind === 'filter';
  });

  /** The dumps on screen, and how many of them there are images for. */
  readonly #kernelWindow = $derived.by((): readonly [readonly [number, number], number] => {
    const { run, scale, window } = this.#tracker;
    const dumps = run.data ? dumpsWithin(run.data, window) : ([0, 0] as const);
    return [dumps, Math.max(1, Math.ceil((2 * (scale?.width ?? 0)) / KERNEL_SIZE))];
  });

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
    this.distributions = tracker.followRun(
      (run, signal) => layerApi.distributions(run, this.distributed, signal),
      {
        details: () => this.distributed,
        when: () =>
          tracker.hasDumps &&
          tracker.settings.view === 'layers' &&
          tracker.settings.chart === 'box',
      },
    );
    this.findings = tracker.followRun(api.findings, {
      when: () => tracker.settings.view === 'findings' && tracker.hasDumps,
    });
    this.kernels = tracker.followRun(
      (run, signal) => {
        const [columns, most] = this.#kernelWindow;
        return layerApi.kernels(run, columns, most, signal);
      },
      {
        details: () => JSON.stringify(this.#kernelWindow),
        when: () => tracker.hasDumps && this.#showsKernels,
        delay: WINDOW_DELAY,
      },
    );
    this.#followFilters();
  }

  /** Whether filters of a layer are shown as images instead of by a measure. */
  hasImages(layer: LayerIndex | null): boolean {
    const { run, settings } = this.#tracker;
    return layer !== null && settings.kernelImages && run.data?.kernels === layer;
  }

  /** Opens or closes a module, or the filters of a layer. */
  toggle(index: NodeIndex): void {
    const { settings } = this.#tracker;
    const node = this.nodes[index];
    if (!node) return;
    if (node.layer === null) settings.closedNodes = toggled(this.closed, index);
    else settings.openLayers = toggled(settings.openLayers, index);
  }

  isOpen(node: Node): boolean {
    return node.layer === null
      ? !this.closed.includes(node.index)
      : this.#tracker.settings.openLayers.includes(node.index);
  }

  /** Opens what hides a node and asks the Layer View to bring it on screen. */
  reveal(index: NodeIndex): void {
    const { settings } = this.#tracker;
    const above = ancestors(this.nodes, index).map((node) => node.index);
    if (this.closed.some((node) => above.includes(node))) {
      settings.closedNodes = this.closed.filter((node) => !above.includes(node));
    }
    this.revealed = index;
  }

  /** Shows a layer in the Layer View, at an iteration and with one of its filters if they are given. */
  show(layer: LayerIndex, filter: FilterIndex | null = null, step: Step | null = null): void {
    const tracker = this.#tracker;
    const node = this.leafOf[layer];
    if (node === undefined) return;
    tracker.settings.view = 'layers';
    tracker.table = null;
    tracker.hovered = tracker.hoveredStep = null;
    if (step !== null) tracker.settings.step = step;
    if (filter === null) {
      tracker.selected = { kind: 'layer', node };
    } else {
      tracker.selected = { kind: 'filter', layer, filter };
      if (!tracker.settings.openLayers.includes(node)) this.toggle(node);
    }
    this.reveal(node);
  }

  /** Loads the filters that are wanted, forgets the others. */
  #followFilters(): void {
    $effect(() => {
      const { run, settings, hasDumps } = this.#tracker;
      const { filterMeasure: measure } = settings;
      const [data, wanted] = [run.data, this.#wanted];
      if (!data || data.run !== settings.run || !hasDumps) return;
      // Only what is too large to have at once is asked for again when the window moves.
      const stretch = wanted.some((layer) => isLarge(data, layer)) ? this.#tracker.window : null;
      untrack(() => {
        for (const layer of this.filters.keys()) {
          if (!wanted.includes(layer)) this.filters.delete(layer);
        }
        for (const layer of wanted) {
          const name = data.layers[layer]?.name;
          if (name === undefined) continue;
          const query = this.filters.get(layer) ?? new Query<layerApi.LayerFilters>();
          this.filters.set(layer, query);
          const window = filterWindow(data, layer, stretch);
          void query.load({
            subject: `${data.run}\n${name}`,
            details: `${measure} ${JSON.stringify(window)}`,
            delay: WINDOW_DELAY,
            ask: (signal) =>
              layerApi.layerFilters(data.run, name, measure, window, data.steps.dumps, signal),
          });
        }
      });
    });
  }
}

const isLarge = ({ layers, steps }: api.Run, layer: LayerIndex): boolean =>
  (layers[layer]?.filters ?? 0) * steps.dumps.length > MOST_VALUES;

/** Positions of the dumps on screen, and of one beside them on either side. */
function dumpsWithin({ steps }: api.Run, stretch: Stretch | null): readonly [number, number] {
  const dumps = steps.dumps as number[];
  if (!stretch) return [0, dumps.length];
  const end = Math.min(dumps.length, bisectRight(dumps, stretch[1]) + 1);
  return [Math.max(0, bisectLeft(dumps, stretch[0]) - 1), end];
}

/** What to ask of a layer whose filters are too many values: the dumps on screen. */
function filterWindow(
  run: api.Run,
  layer: LayerIndex,
  stretch: Stretch | null,
): layerApi.FilterWindow | null {
  if (!isLarge(run, layer) || !stretch) return null;
  const filters = run.layers[layer]?.filters ?? 0;
  return {
    dumps: dumpsWithin(run, stretch),
    maxColumns: Math.max(LEAST_COLUMNS, Math.floor(MOST_BLOCKS / filters)),
  };
}
