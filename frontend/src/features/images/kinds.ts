import { Kind } from '../../shell/selection';

export const imageKind = new Kind('image', ['class', 'image'], 'validation');
