import { choice, number, optionalText } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { AXES } from './plan';

export const MAX_SMOOTHING = 0.99;

export const scalarsSettings = declare('scalars', {
  /** Which of the run's scalars the timeline shows; null takes the likeliest. */
  tag: setting(optionalText, null, 'view', 'g'),
  /** Its axis. */
  axis: setting(choice(AXES), 'auto', 'view'),
  /** Weight of what was before, as in TensorBoard. */
  smoothing: setting(number(0, MAX_SMOOTHING), 0, 'view'),
});
