/** The user's own scalars that the timeline shows. */
import { nearest } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { isErrorRate, lossTag, rateTag, stages } from './plan';
import { scalarsSettings } from './settings';
import { scalars, scalarTags, type Series } from './wire';

interface Training {
  readonly tags: readonly string[];
  /** The training error or loss. */
  readonly loss: Series | null;
  readonly rate: Series | null;
}

export class ScalarsState {
  readonly #run: RunScope;
  readonly training: Query<Training>;
  readonly loss = $derived.by(() => this.training.data?.loss ?? null);
  readonly rate = $derived.by(() => this.training.data?.rate ?? null);
  readonly stages = $derived.by(() => this.rate && stages(this.rate));
  /** Whether the training curve is an error too, so that it shares the validation error's scale. */
  readonly isErrorRate = $derived.by(() => this.loss !== null && isErrorRate(this.loss));
  /** At the crosshair. */
  readonly lossHere = $derived.by(() => this.#at(this.loss));
  readonly rateHere = $derived.by(() => {
    const step = this.#run.axis.crosshair ?? NaN;
    return this.stages?.findLast(({ from }) => from <= step)?.rate ?? this.#at(this.rate);
  });

  constructor(run: RunScope) {
    this.#run = run;
    const settings = run.settings(scalarsSettings);
    this.training = run.about((about, signal) => load(about.run, settings.tag, signal), {
      details: () => settings.tag ?? '',
    });
  }

  #at(series: Series | null): number {
    const { crosshair } = this.#run.axis;
    if (!series || crosshair === null) return NaN;
    return valueAt(series, crosshair);
  }
}

export const valueAt = (series: Series, step: number): number =>
  series.values[nearest(series.steps, step)] ?? NaN;

async function load(run: string, chosen: string | null, signal: AbortSignal): Promise<Training> {
  const tags = await scalarTags(run, signal);
  const series = (tag: string | undefined): Promise<Series> | null =>
    tag === undefined ? null : scalars(run, tag, signal);
  const loss = chosen !== null && tags.includes(chosen) ? chosen : lossTag(tags);
  const [lossSeries, rate] = await Promise.all([series(loss), series(rateTag(tags))]);
  return { tags, loss: lossSeries, rate };
}
