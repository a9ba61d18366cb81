import { Kind } from '../../shell/selection';

const VIEW = 'validation';

export const clusterKind = new Kind('cluster', ['cluster'], VIEW);
export const classKind = new Kind('class', ['class'], VIEW);
