/** What other features use of causes: marks of cells, and the list of what was put back. */
export { default as CausesHowTo } from './HowTo.svelte';
export { default as CausesLegend } from './Legend.svelte';
export { default as CausesRanking } from './Ranking.svelte';
export { MARK_FROM, MARK_SIZE, markShapes, type PlacedMark } from './marks';
export { countInWords, excess, type Mark, type Verdict } from './plan';
export { CausesState } from './state.svelte';
