/** What a quantity that never falls, such as epochs or seconds, is at iterations, and where it is reached. */
import { bisectLeft } from 'd3-array';

import type { Step } from '../wire/units';

/** What a quantity that never falls is at some iterations: epochs, or seconds. */
export interface Course {
  readonly steps: readonly Step[];
  readonly values: readonly number[];
}

/** Null if there are fewer than two values, or if one is smaller than one before. */
export function course(steps: readonly Step[], values: readonly number[]): Course | null {
  const falls = values.some((value, i) => {
    if (!Number.isFinite(value)) return true;
    return i > 0 && !(value >= (values[i - 1] ?? NaN) && (steps[i] ?? NaN) > (steps[i - 1] ?? NaN));
  });
  return values.length < 2 || falls || values[0] === values.at(-1) ? null : { steps, values };
}

/** The value at an iteration, between its neighbours'; NaN before the first and after the last. */
export function at({ steps, values }: Course, step: number): number {
  const i = bisectLeft(steps as number[], step);
  if (steps[i] === step) return values[i] ?? NaN;
  return i === 0 || i === steps.length ? NaN : between(step, i, steps, values);
}

/** The first iteration at which a value is reached; NaN if it never is. */
export function stepOf({ steps, values }: Course, value: number): number {
  const i = bisectLeft(values as number[], value);
  if (values[i] === value) return steps[i] ?? NaN;
  return i === 0 || i === values.length ? NaN : between(value, i, values, steps);
}

function between(at: number, i: number, from: readonly number[], to: readonly number[]): number {
  const [a, b] = [from[i - 1] ?? NaN, from[i] ?? NaN];
  const [low, high] = [to[i - 1] ?? NaN, to[i] ?? NaN];
  return low + ((at - a) / (b - a)) * (high - low);
}

/**
 * Epochs as they pass. Where only whole ones are logged, they are reached one after the other: in
 * proportion between these iterations, and evenly if that agrees with all that was logged.
 */
export function passing({ steps, values }: Course): Course {
  if (!values.every(Number.isInteger)) return { steps, values };
  const reached = rising({ steps, values });
  const [first, last] = [0, reached.steps.length - 1];
  const pace = paceOf(reached);
  const isEven = steps.every((step, i) => {
    const passed = (reached.values[first] ?? 0) + (step - (reached.steps[first] ?? 0)) * pace;
    return Math.abs(passed - (values[i] ?? NaN)) <= 1;
  });
  if (!isEven || last < 1) return reached;
  const end = steps.at(-1) ?? 0;
  const whole: Course = {
    steps: [reached.steps[first] ?? 0, reached.steps[last] ?? 0],
    values: [reached.values[first] ?? 0, reached.values[last] ?? 0],
  };
  return end > (whole.steps[1] ?? 0)
    ? { steps: [...whole.steps, end], values: [...whole.values, along(whole, end)] }
    : whole;
}

/** Each value where it is first reached, so that it rises everywhere. */
export function rising({ steps, values }: Course): Course {
  const kept = steps.map((_, i) => i).filter((i) => i === 0 || values[i] !== values[i - 1]);
  return {
    steps: kept.map((i) => steps[i] ?? NaN),
    values: kept.map((i) => values[i] ?? NaN),
  };
}

const paceOf = ({ steps, values }: Course): number =>
  ((values.at(-1) ?? NaN) - (values[0] ?? NaN)) / ((steps.at(-1) ?? NaN) - (steps[0] ?? NaN));

/** The value at any iteration of a course that rises: beyond its ends as fast as on the average. */
export function along(course: Course, step: number): number {
  const { steps, values } = course;
  const known = at(course, step);
  if (!Number.isNaN(known)) return known;
  const end = step < (steps[0] ?? 0) ? 0 : steps.length - 1;
  return (values[end] ?? NaN) + (step - (steps[end] ?? NaN)) * paceOf(course);
}

/** The iteration of a value, likewise. */
export const stepAlong = ({ steps, values }: Course, value: number): number =>
  along({ steps: values, values: steps }, value);
