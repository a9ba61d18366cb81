import { formatCount } from '../../charts/format';
import type { Feature } from '../../shell/feature';
import { imageKind } from '../images/api';
import Details from './Details.svelte';
import Lane from './Lane.svelte';
import { toySettings } from './settings';
import { ToyState } from './state.svelte';
import View from './View.svelte';

/** A number for each image. */
export default {
  name: 'toy',
  settings: toySettings,
  states: [ToyState],
  view: { id: 'toy', title: 'Toy', label: 'Toy view', Chart: View },
  inspector: [{ about: imageKind, Details }],
  lanes: [
    {
      name: 'Toy scores',
      Strip: Lane,
      readings: (run) => [
        { label: 'High toy score', value: formatCount(run.state(ToyState).aboveHere, 'image') },
      ],
      columns: (run) => [
        {
          name: 'High toy scores',
          value: (_, i) => run.state(ToyState).query.data?.above[i] ?? NaN,
        },
      ],
    },
  ],
  help: [{ section: 'Marks', sign: '▮', meaning: 'how many images have a high toy score' }],
} satisfies Feature;
