import { number } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const toySettings = declare('toy', {
  /** From which score on an image counts as high. */
  threshold: setting(number(0, 1), 0.5, 'view'),
});
