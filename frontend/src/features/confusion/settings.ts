import { choice } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { COLUMNS } from './plan';

export const confusionSettings = declare('confusion', {
  /** What the list of classes is sorted by. */
  sort: setting(choice(COLUMNS), 'recall', 'view'),
  direction: setting(choice(['up', 'down']), 'up', 'view'),
});
