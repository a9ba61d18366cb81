import { choice, integer, number, optional } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { RANKS } from './plan';

export const MAX_WINDOW = 30;

export const anomaliesSettings = declare('anomalies', {
  /** Window of the rules, in validations; null: what the run's data suggest. */
  window: setting(optional(integer(1, MAX_WINDOW)), null, 'view', 'w', 5),
  /** Smallest share of a class's images, 0 to 1; null likewise. */
  minScore: setting(optional(number(0, 1)), null, 'view', 'm', 0.2),
  /** What the list of iterations is ranked by. */
  rank: setting(choice(RANKS), 'score', 'view'),
});
