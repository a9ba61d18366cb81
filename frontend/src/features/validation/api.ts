/** What other features use of error rates. */
export { ValidationState } from './state.svelte';
export type { ErrorRates } from './wire';
