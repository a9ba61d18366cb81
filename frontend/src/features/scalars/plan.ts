/** The user's own scalars, from TensorBoard's scalars plugin next door. */
import { getJson } from '../../wire/http';
import type { Step } from '../../wire/units';

export interface Series {
  readonly tag: string;
  readonly steps: readonly Step[];
  readonly values: readonly number[];
}

type Tags = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Tags of the run's scalars; none if the plugin is absent or does not know the run. */
export async function scalarTags(run: string, signal?: AbortSignal): Promise<readonly string[]> {
  const tags = await getJson<Tags>('../scalars/tags', {}, signal);
  return Object.keys(tags[run] ?? {});
}

export async function scalars(run: string, tag: string, signal?: AbortSignal): Promise<Series> {
  const points = await getJson<[number, number, number | string | null][]>(
    '../scalars/scalars',
    { run, tag },
    signal,
  );
  return {
    tag,
    steps: points.map(([, step]) => step),
    // TensorBoard writes non-finite values as strings.
    values: points.map(([, , value]) => (typeof value === 'number' ? value : NaN)),
  };
}

const RATE = /(^|[/_\-. ])(lr|learning[_\- ]?rate)($|[/_\-. \d])/i;
const LOSS = /(^|[/_\-. ])loss($|[/_\-. ])/i;
const TRAINING = /train/i;
const VALIDATION = /val|test|eval/i;

/** The tag that is most likely the learning rate. */
export function rateTag(tags: readonly string[]): string | undefined {
  return shortest(tags.filter((tag) => RATE.test(tag)));
}

/** The tag that is most likely the training loss, or the training error. */
export function lossTag(tags: readonly string[]): string | undefined {
  const ofTraining = tags.filter((tag) => !VALIDATION.test(tag));
  const losses = ofTraining.filter((tag) => LOSS.test(tag));
  return (
    shortest(losses.filter((tag) => TRAINING.test(tag))) ??
    shortest(losses) ??
    shortest(ofTraining.filter((tag) => TRAINING.test(tag) && /err/i.test(tag)))
  );
}

function shortest(tags: readonly string[]): string | undefined {
  return [...tags].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

export interface Stage {
  /** First iteration of the stage. */
  readonly from: Step;
  /** First iteration of the next stage; the last logged one for the last stage. */
  readonly to: Step;
  readonly rate: number;
}

/**
 * Learning-rate stages: maximal stretches of equal values.
 *
 * Returns null if the rate varies continuously, i.e. if there are hardly fewer
 * stretches than values; stages would then say less than a line.
 */
export function stages(series: Series): readonly Stage[] | null {
  const found: { from: Step; to: Step; rate: number }[] = [];
  series.steps.forEach((step, i) => {
    const rate = series.values[i] ?? NaN;
    const last = found.at(-1);
    if (last) last.to = step;
    // Equal up to float32, in which the rate was logged.
    if (!last || Math.abs(last.rate - rate) > 1e-6 * Math.abs(last.rate)) {
      found.push({ from: step, to: step, rate });
    }
  });
  return found.length > Math.max(12, series.steps.length / 4) ? null : found;
}
