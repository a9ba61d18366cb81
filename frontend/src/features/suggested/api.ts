/** What other features use of the suggestion. */
export { SuggestedState } from './state.svelte';
