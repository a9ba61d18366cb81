import { text } from '../settings/codec';
import { declare, setting } from '../settings/setting';

/** The image set that routes take if they are told none. */
export const DEFAULT_IMAGE_SET = 'validation';

export const runSettings = declare('run', {
  /** Which images predictions are about. */
  imageSet: setting(text, DEFAULT_IMAGE_SET, 'run'),
});
