import type { Feature } from '../../shell/feature';
import { StoryState } from './state.svelte';

/** What happened in the run, in a few sentences. */
export default { name: 'story', states: [StoryState] } satisfies Feature;
