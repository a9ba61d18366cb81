import type { Feature } from '../../shell/feature';
import { layerKind } from '../layers/api';
import { classKind } from '../validation/api';
import ClassDetails from './ClassDetails.svelte';
import LayerDetails from './LayerDetails.svelte';
import { CausesState } from './state.svelte';

/** What filters did to images that flipped, found by putting them back. */
export default {
  name: 'causes',
  states: [CausesState],
  inspector: [
    { about: classKind, Details: ClassDetails },
    { about: layerKind, Details: LayerDetails },
  ],
  help: [
    {
      section: 'Marks',
      sign: '● ◐ ○',
      meaning:
        'in a cell of layers and classes: put back to what they were, filters of the layer revert flips of the class beyond chance; only together with filters of other layers; tested, and they do not',
    },
  ],
} satisfies Feature;
