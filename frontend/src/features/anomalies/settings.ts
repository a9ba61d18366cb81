import { integer, number } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const MAX_WINDOW = 30;

export const anomaliesSettings = declare('anomalies', {
  /** Window of the rules, in validations. */
  window: setting(integer(1, MAX_WINDOW), 5, 'view', 'w'),
  /** Smallest share of a class's images, 0 to 1. */
  minScore: setting(number(0, 1), 0.2, 'view', 'm'),
});
