/** The user's own scalars that the timeline shows. */
import { valueNear } from '../../axis/scale';
import { course, passing } from '../../axis/course';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { epochTag, isErrorRate, isWide, lossTag, rateTag, stages } from './plan';
import { scalarsSettings } from './settings';
import { smoothed } from './smooth';
import { scalars, scalarTags, type Series } from './wire';

interface Training {
  readonly tags: readonly string[];
  /** The training error or loss. */
  readonly loss: Series | null;
  readonly rate: Series | null;
  readonly epoch: Series | null;
}

export class ScalarsState {
  readonly #run: RunScope;
  readonly settings;
  readonly training: Query<Training>;
  readonly loss = $derived.by(() => this.training.data?.loss ?? null);
  readonly rate = $derived.by(() => this.training.data?.rate ?? null);
  readonly stages = $derived.by(() => this.rate && stages(this.rate));
  /** Whether the training curve is an error too, so that it shares the validation error's scale. */
  readonly isErrorRate = $derived.by(() => this.loss !== null && isErrorRate(this.loss));
  /** Whether its axis is logarithmic, as it is or by hand. */
  readonly isLog = $derived.by(() => {
    const { axis } = this.settings;
    if (axis !== 'auto') return axis === 'log';
    return this.loss !== null && !this.isErrorRate && isWide(this.loss.values);
  });
  readonly smooth = $derived.by(
    () => this.loss && smoothed(this.loss.values, this.settings.smoothing),
  );
  /** At the crosshair; NaN where nothing is logged yet. */
  readonly lossHere = $derived.by(() => this.#at(this.loss));
  readonly smoothHere = $derived.by(() =>
    this.#at(this.loss && this.smooth && { ...this.loss, values: this.smooth }),
  );
  readonly rateHere = $derived.by(() => {
    const step = this.#run.axis.crosshair ?? NaN;
    const logged = this.#at(this.rate);
    if (Number.isNaN(logged)) return NaN;
    return this.stages?.findLast(({ from }) => from <= step)?.rate ?? logged;
  });

  readonly #epochs = $derived.by(() => {
    const epoch = this.training.data?.epoch;
    const found = epoch ? course(epoch.steps, epoch.values) : null;
    return found && passing(found);
  });
  /** Since the first value, as the scalars were logged: of the longest of them. */
  readonly #times = $derived.by(() => {
    const known = [this.rate, this.loss].filter((each) => each !== null);
    const longest = known.sort((a, b) => b.steps.length - a.steps.length)[0];
    if (!longest) return null;
    const first = longest.times[0] ?? 0;
    return course(
      longest.steps,
      longest.times.map((time) => time - first),
    );
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.settings = run.settings(scalarsSettings);
    this.training = run.about((about, signal) => load(about.run, this.settings.tag, signal), {
      details: () => this.settings.tag ?? '',
    });
    $effect(() => {
      run.axis.courses = { epoch: this.#epochs, time: this.#times };
    });
  }

  #at(series: Series | null): number {
    const { crosshair } = this.#run.axis;
    if (!series || crosshair === null) return NaN;
    return valueAt(series, crosshair);
  }
}

export const valueAt = ({ steps, values }: Series, step: number): number =>
  valueNear(steps, values, step);

async function load(run: string, chosen: string | null, signal: AbortSignal): Promise<Training> {
  const tags = await scalarTags(run, signal);
  const series = async (tag: string | undefined): Promise<Series | null> =>
    tag === undefined ? null : await scalars(run, tag, signal);
  const loss = chosen !== null && tags.includes(chosen) ? chosen : lossTag(tags);
  const [lossSeries, rate, epoch] = await Promise.all(
    [loss, rateTag(tags), epochTag(tags)].map(series),
  );
  return { tags, loss: lossSeries ?? null, rate: rate ?? null, epoch: epoch ?? null };
}
