/** What other features use of images. */
export { default as Confusions } from './Confusions.svelte';
export { IMAGE_SORTS, resultOf, wrongSource, type ImageSort } from './correctness';
export { flippedAt } from './flipped';
export { default as Flips } from './Flips.svelte';
export { default as ImageGrid } from './ImageGrid.svelte';
export { imageKind, pickedKind } from './kinds';
export { imagesSettings } from './settings';
export { ImagesState } from './state.svelte';
export { default as Thumbnail } from './Thumbnail.svelte';
export { results, type Results } from './wire';
