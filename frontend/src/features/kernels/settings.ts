import { flag } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const kernelsSettings = declare('kernels', {
  /** Whether the first layer's filters are shown as images. */
  shown: setting(flag, false, 'view', 'M'),
});
