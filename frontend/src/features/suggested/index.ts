import type { Feature } from '../../shell/feature';
import { SuggestedState } from './state.svelte';

/** What is shown of a run before anybody has chosen anything. */
export default { name: 'suggested', states: [SuggestedState] } satisfies Feature;
