/** What other features use of signs. */
export { keyOf, linkOf, nameOf } from './plan';
export { SignsState } from './state.svelte';
export type { Evidence, Sign } from './wire';
