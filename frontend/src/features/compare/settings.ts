import { choice, flag, integer, optionalText, positions } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const MODES = ['classes', 'images', 'layers', 'map', 'runs'] as const;
export type Mode = (typeof MODES)[number];

/** What runs are put side by side on. */
export const AXES = ['iterations', 'epochs', 'images'] as const;
export type CommonAxis = (typeof AXES)[number];

export const SORTS = ['difference', 'earlier', 'lost', 'churn', 'error', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export const compareSettings = declare('compare', {
  mode: setting(choice(MODES), 'classes', 'view'),
  /** Of two, the other run; null: the first that was chosen. */
  other: setting(optionalText, null, 'view'),
  /** Another seed of the shown run, which tells how much two seeds differ. */
  seed: setting(optionalText, null, 'view'),
  /** Whether the other run is in the views of the shown one, too. */
  beside: setting(flag, true, 'view'),
  axis: setting(choice(AXES), 'iterations', 'view'),
  sort: setting(choice(SORTS), 'difference', 'view'),
  /** Classes whose both courses are drawn. */
  open: setting(positions, [], 'run'),
  /** In how many of all runs the listed images are right. */
  right: setting(integer(0, 50), 0, 'view'),
  /** Which images are listed. */
  flips: setting(choice(['lost', 'won']), 'lost', 'view'),
});
