import type { RunScope } from '../../run/scope.svelte';
import type { Feature } from '../../shell/feature';
import Details from './Details.svelte';
import IterationDetails from './IterationDetails.svelte';
import { imageKind, pickedKind } from './kinds';
import Picked from './Picked.svelte';
import { imagesSettings } from './settings';
import { ImagesState } from './state.svelte';

const ZOOM_STEP = 1.5;

const zoomRows =
  (factor: number) =>
  (run: RunScope, { shiftKey }: KeyboardEvent): boolean => {
    if (shiftKey) run.state(ImagesState).zoomRows(factor);
    return shiftKey;
  };

/** Single images: what became of each, what it was predicted as. */
export default {
  name: 'images',
  settings: imagesSettings,
  states: [ImagesState],
  kinds: [imageKind, pickedKind],
  inspector: [
    { about: imageKind, Details },
    { about: pickedKind, Details: Picked },
    { about: 'iteration', Details: IterationDetails },
  ],
  clear: (run) => {
    const images = run.state(ImagesState);
    const hadPicked = images.picked.length > 0;
    if (hadPicked) images.pick([]);
    return hadPicked;
  },
  keys: [
    {
      keys: 'Shift W S',
      meaning: 'make the rows of images higher and lower',
      actions: { w: zoomRows(ZOOM_STEP), s: zoomRows(1 / ZOOM_STEP) },
    },
  ],
  help: [
    {
      section: 'Mouse',
      sign: 'Ctrl + wheel',
      meaning: 'over images, zoom also their rows; with Shift only these',
    },
  ],
} satisfies Feature;
