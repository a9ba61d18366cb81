/** What other features use of error rates. */
export { classKind, clusterKind } from './kinds';
export { withoutValidations } from './missing';
export { ValidationState } from './state.svelte';
export type { ErrorRates } from './wire';
