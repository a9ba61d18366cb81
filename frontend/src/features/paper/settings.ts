import { integer, optional } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { PATHS } from './paths';

export const paperSettings = declare('paper', {
  /** Which of the paths is followed, from 1 on; null for none. */
  path: setting(optional(integer(1, PATHS.length)), null, 'view'),
});
