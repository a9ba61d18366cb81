import { Kind } from '../../shell/selection';

export const VIEW = 'confusion';
/** Images of a class that are predicted as one class. */
export const cellKind = new Kind('confused', ['label', 'predicted'], VIEW);
