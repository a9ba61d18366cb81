import type { Axis } from './axis.svelte';
import type { Step } from '../wire/units';
import { nearest, toStep } from './scale';

/** The iteration under the pointer, of those at which something was logged; null outside the plot. */
export function stepUnder(
  event: MouseEvent,
  plot: Element,
  axis: Axis,
  steps: readonly Step[],
): Step | null {
  if (!axis.scale) return null;
  const x = event.clientX - plot.getBoundingClientRect().left;
  if (x < 0 || x > axis.scale.width) return null;
  return steps[nearest(steps, toStep(axis.scale, x))] ?? null;
}
