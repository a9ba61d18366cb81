/** The keys of the views of the correlation, for the help; their charts know them. */
import type { Key } from '../../shell/feature';

const SECTION = 'Keys in the Correlation View and on the cube';

export const listed = (keys: readonly (readonly [string, string])[]): readonly Key[] =>
  keys.map(([key, meaning]) => ({ keys: key, meaning, section: SECTION }));
