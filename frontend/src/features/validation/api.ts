/** What other features use of error rates. */
export { withoutValidations } from './missing';
export { ValidationState } from './state.svelte';
export type { ErrorRates } from './wire';
