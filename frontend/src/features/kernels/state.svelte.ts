/** The weights of the layer whose filters are images, while they are on screen. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { dumpsWithin, filterKind, LayersState, RANGE_DELAY } from '../layers/api';
import { KERNEL_SIZE } from './plan';
import { kernelsSettings } from './settings';
import { kernels, type Kernels } from './wire';

export class KernelsState {
  readonly query: Query<Kernels>;

  constructor(run: RunScope) {
    const { axis } = run;
    const screen = screenOf(run);
    const layers = run.state(LayersState);
    const settings = run.settings(kernelsSettings);
    const isShown = $derived.by((): boolean => {
      const layer = run.data?.kernels ?? null;
      if (layer === null || !layers.wanted.includes(layer)) return false;
      return settings.shown || filterKind.is(screen.focus);
    });
    /** The visible dumps, and how many of them there are images for. */
    const part = $derived.by((): readonly [readonly [number, number], number] => {
      const dumps = run.data ? dumpsWithin(run.data, axis.visible) : ([0, 0] as const);
      return [dumps, Math.max(1, Math.ceil((2 * (axis.scale?.width ?? 0)) / KERNEL_SIZE))];
    });
    this.query = run.about((about, signal) => kernels(about.run, ...part, signal), {
      details: () => JSON.stringify(part),
      when: () => run.hasDumps && isShown,
      delay: RANGE_DELAY,
    });
  }
}
