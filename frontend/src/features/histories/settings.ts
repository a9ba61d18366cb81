import { choice, optionalInteger, optionalRange, optionalText, text } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { SORT_NAMES } from './plan';

export const MODES = ['table', 'gallery', 'gap'] as const;

export const historiesSettings = declare('histories', {
  mode: setting(choice(MODES), 'table', 'view'),
  sort: setting(choice(SORT_NAMES), 'suspicion', 'view'),
  order: setting(choice(['up', 'down']), 'down', 'view'),
  /** Only its images. */
  class: setting(optionalInteger, null, 'run'),
  /** Only the image that is called so. */
  search: setting(text, '', 'run'),
  /** What is brushed in the plot. */
  confidence: setting(optionalRange, null, 'run'),
  variability: setting(optionalRange, null, 'run'),
  /** The image set that classes are compared with. */
  other: setting(optionalText, null, 'run'),
});
