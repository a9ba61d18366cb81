/** What the product shows: a folder for each kind of data, put in by one line of the list. */
import type { Feature } from './shell/feature';

const FOLDERS = import.meta.glob<{ readonly default: Feature }>('./features/*/index.ts', {
  eager: true,
});

/** In the order of the tabs, of the lanes and of the inspector's sections. */
export const FEATURES: readonly Feature[] = [
  'findings',
  'validation',
  'confusion',
  'map',
  'scalars',
  'anomalies',
  'signs',
  'markers',
  'images',
  'histories',
  'layers',
  'kernels',
  'causes',
  'correlation',
  'cube',
  'suggested',
  'story',
  'paper',
  'compare',
].map((name) => {
  const folder = FOLDERS[`./features/${name}/index.ts`];
  if (!folder) throw new Error(`There is no src/features/${name}/index.ts.`);
  return folder.default;
});
