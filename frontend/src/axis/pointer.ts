import type { Tracker } from '../run/scope.svelte';
import type { Step } from '../wire/units';
import { nearest, toStep } from './scale';

/** The iteration under the pointer, of those at which something was logged; null outside the plot. */
export function stepUnder(
  event: MouseEvent,
  plot: Element,
  tracker: Tracker,
  steps: readonly Step[],
): Step | null {
  if (!tracker.scale) return null;
  const x = event.clientX - plot.getBoundingClientRect().left;
  if (x < 0 || x > tracker.scale.width) return null;
  return steps[nearest(steps, toStep(tracker.scale, x))] ?? null;
}
