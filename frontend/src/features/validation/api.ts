/** What other features use of error rates. */
export { classesBeside, errorColor, type ClassBeside, type ClassesBeside } from './beside';
export { classKind, clusterKind } from './kinds';
export { withoutValidations } from './missing';
export { ValidationState } from './state.svelte';
export type { ErrorRates } from './wire';
