/** What the axis of iterations may be read in: iterations, epochs, or the time since the first. */
import { ticks } from 'd3-array';

import { at, stepOf, type Course } from './course';
import { stepTicks, toX, type TimeScale } from './scale';

export const UNITS = ['iteration', 'epoch', 'time'] as const;
export type Unit = (typeof UNITS)[number];

/** What is known beside the iterations; null where nothing is. */
export interface Courses {
  readonly epoch: Course | null;
  readonly time: Course | null;
}

export interface Tick {
  readonly step: number;
  /** In the axis's unit. */
  readonly value: number;
}

const TIMES = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 3, 6, 12].map((hours) => 3600 * hours),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => 86_400 * days),
];

/** Round values to write along the axis, each where it is first reached, none upon another. */
export function unitTicks(
  unit: Unit,
  courses: Courses,
  scale: TimeScale,
  spacing = 90,
): readonly Tick[] {
  const known = unit === 'iteration' ? null : courses[unit];
  if (!known) return stepTicks(scale, spacing).map((step) => ({ step, value: step }));
  const clamp = (step: number): number =>
    Math.min(known.steps.at(-1) ?? 0, Math.max(known.steps[0] ?? 0, step));
  const [low, high] = [at(known, clamp(scale.from)), at(known, clamp(scale.to))];
  const count = Math.max(2, Math.floor(scale.width / spacing));
  const values =
    unit === 'epoch'
      ? ticks(low, high, count).filter((value) => Number.isInteger(value))
      : multiples(low, high, count);
  const found: Tick[] = [];
  for (const value of values) {
    const step = stepOf(known, value);
    const before = found.at(-1);
    if (Number.isNaN(step) || step < scale.from || step > scale.to) continue;
    // Where the training stood still, many times are at one iteration.
    if (before && toX(scale, step) - toX(scale, before.step) < spacing / 2) continue;
    found.push({ step, value });
  }
  return found;
}

function multiples(low: number, high: number, count: number): readonly number[] {
  if (high - low < 2) return ticks(low, high, count);
  const step = TIMES.find((each) => (high - low) / each <= count) ?? TIMES.at(-1) ?? 1;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h: the two largest units. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
