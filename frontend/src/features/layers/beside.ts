/** Another run's statistic of the layers, beside the shown one's: by the feature that knows two runs. */
import type { RunScope } from '../../run/scope.svelte';
import { Slot } from '../../shell/slots';
import type { Step } from '../../wire/units';
import type { FiveNumbers } from './box/plan';

export interface StatisticsBeside {
  readonly name: string;
  /** In CSS: of the shown run, and of the other one. */
  readonly colors: readonly [shown: string, other: string];
  /** Of the shown run's axis. */
  readonly steps: readonly Step[];
  /** As they were logged; null for a module or layer that the other run does not have. */
  readonly of: (node: string) => Float32Array | null;
  /** Of the box plots. */
  readonly boxSteps: readonly Step[];
  /** The same of box plots; null too while they are not shown. */
  readonly numbers: (node: string) => FiveNumbers | null;
}

/** Null while no other run is shown. */
export const statisticsBeside = new Slot<(run: RunScope) => StatisticsBeside | null>();
