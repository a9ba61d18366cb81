/** Which of the user's scalars are shown, and the stages of the learning rate. */
import type { Step } from '../../wire/units';
import type { Series } from './wire';

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

/** How the training curve's axis is chosen. */
export const AXES = ['auto', 'linear', 'log'] as const;
export type AxisChoice = (typeof AXES)[number];

/** From here on a linear axis leaves most of a curve on its floor. */
const WIDE = 20;

/**
 * Whether a curve is for a logarithmic axis: all of it above 0, and, but for a twentieth at either
 * end, so wide that a linear one would show little of it.
 */
export function isWide(values: readonly number[]): boolean {
  const finite = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (share: number): number => finite[Math.round(share * (finite.length - 1))] ?? NaN;
  return finite.length > 1 && (finite[0] ?? 0) > 0 && at(0.95) / at(0.05) >= WIDE;
}

/** Epochs, where they are logged as a scalar (Lightning, Transformers). */
export const epochTag = (tags: readonly string[]): string | undefined =>
  shortest(tags.filter((tag) => /(^|[/_\-. ])epochs?$/i.test(tag)));

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

/** Whether a training curve is an error rate, which may share a scale with the validation error. */
export const isErrorRate = ({ tag, values }: Series): boolean =>
  /err/i.test(tag) && values.every((value) => !(value < 0 || value > 1));
