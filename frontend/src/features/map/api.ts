/** What other features use of the map. */
export { COLORING_NAMES, COLORINGS } from './colors';
export { VIEW as MAP_VIEW } from './kinds';
export { default as MapChart } from './MapChart.svelte';
export { mapSettings } from './settings';
export { MapState } from './state.svelte';
