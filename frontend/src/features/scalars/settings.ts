import { optionalText } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const scalarsSettings = declare('scalars', {
  /** Which of the run's scalars the timeline shows; null takes the likeliest. */
  tag: setting(optionalText, null, 'view', 'g'),
});
