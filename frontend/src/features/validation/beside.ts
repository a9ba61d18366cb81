/** Another run's error rates, beside those of the shown one: by the feature that knows two runs. */
import type { Palette } from '../../charts/palette';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { Slot } from '../../shell/slots';
import type { Step } from '../../wire/units';

/** A class in the other run. */
export interface ClassBeside {
  /** Error rates at `steps`. */
  readonly rates: Float32Array;
  /** Which run is ahead, 0 the other one to 1 the shown one; NaN where either is not known. */
  readonly ahead: Float32Array;
}

export interface ClassesBeside {
  readonly name: string;
  /** In CSS: of the shown run, and of the other one. */
  readonly colors: readonly [shown: string, other: string];
  /** Of the shown run's axis. */
  readonly steps: readonly Step[];
  /** Of who is ahead. */
  readonly palette: Palette;
  /** Of one class, or the means of several; null for those that the other run does not have. */
  readonly of: (names: readonly string[]) => ClassBeside | null;
}

/** Null while no other run is shown. */
export const errorColor = new Slot<(run: RunScope) => string | null>();

/** What the shown run's error is drawn in, in CSS: of its own where another run's is beside it. */
export const colorOfError = (run: RunScope): string =>
  screenOf(run).filled(errorColor)[0]?.(run) ?? 'var(--error-line)';

/** Null while no other run is shown. */
export const classesBeside = new Slot<(run: RunScope) => ClassesBeside | null>();
