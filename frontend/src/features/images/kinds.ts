import { Kind } from '../../shell/selection';

export const imageKind = new Kind('image', ['class', 'image'], 'validation');
/** The images that a person picked, which are among the settings. */
export const pickedKind = new Kind('picked', [], 'map');
