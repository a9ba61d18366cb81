import { Kind } from '../../shell/selection';

export const VIEW = 'layers';

/** A module or a layer, by its position in the module tree. */
export const layerKind = new Kind('layer', ['node'], VIEW);
export const filterKind = new Kind('filter', ['layer', 'filter'], VIEW);
