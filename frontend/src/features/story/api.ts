/** What other features use of the story. */
export { StoryState } from './state.svelte';
export { default as Story } from './Story.svelte';
export type { Sentence } from './wire';
