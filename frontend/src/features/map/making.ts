/** How far the making of frames has got, and how long the rest of it takes. */

import { formatDuration } from '../../axis/units';
import type { Step } from '../../wire/units';

/** Frames that are still made. */
export interface Making {
  /** Iteration of the one that is next. */
  readonly next: Step;
  /** Iteration of the one at the crosshair. */
  readonly wanted: Step;
  /** How many are made until it is ready; 0: it is. */
  readonly missing: number;
  /** Seconds until that one is ready, or all of them where it is; NaN if it cannot be said yet. */
  readonly left: number;
}

/** How many frames were ready, and when, in milliseconds. */
export interface Noted {
  readonly at: number;
  readonly ready: number;
}

/** So many of the last answers tell how fast frames are made. */
const TOLD_BY = 8;

/** What was noted, and one answer more; what was before others were ready is forgotten. */
export function noted(before: readonly Noted[], now: Noted): readonly Noted[] {
  const last = before.at(-1);
  return last && last.ready > now.ready ? [now] : [...before, now].slice(-TOLD_BY);
}

/** Seconds from the last answer on until `count` frames are ready; NaN where it cannot be said. */
export function secondsUntil(count: number, answers: readonly Noted[]): number {
  const [first, last] = [answers.at(0), answers.at(-1)];
  if (!first || !last || last.ready <= first.ready) return NaN;
  const each = (last.at - first.at) / (last.ready - first.ready);
  return (Math.max(0, count - last.ready) * each) / 1000;
}

/** As words, of what is only estimated; none of what cannot be said. */
export const inAbout = (seconds: number): string =>
  Number.isNaN(seconds) ? '' : `in about ${formatDuration(Math.max(1, Math.round(seconds)))}`;
