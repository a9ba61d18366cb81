/** What other features use of layers and their filters. */
export { statisticsBeside, type StatisticsBeside } from './beside';
export { filterImages } from './filterimages';
export { filterKind, layerKind } from './kinds';
export { showFilters } from './plan';
export { colorPosition, colorScale, type ColorScale } from './matrix/plan';
export { roundingOf } from './matrix/rounding';
export { layersSettings } from './settings';
export { dumpsWithin, LayersState, RANGE_DELAY } from './state.svelte';
export { axisOf, groupOf, nameOf, numbersOf } from './statistics';
export { distributions, layerStats, type Distributions, type LayerStats } from './wire';
