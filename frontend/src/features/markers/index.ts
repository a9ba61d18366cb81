import type { Feature } from '../../shell/feature';
import Button from './Button.svelte';
import Lane from './Lane.svelte';

/** The user's own marks at iterations, which run through all views. */
export default {
  name: 'markers',
  lanes: [{ name: 'Markers', Above: Lane }],
  inspector: [{ about: 'iteration buttons', Details: Button }],
  keys: [
    {
      keys: 'M',
      meaning: 'set a marker at the crosshair, or remove it',
      actions: {
        m: ({ axis }) => {
          axis.toggleMarker();
          return true;
        },
      },
    },
  ],
} satisfies Feature;
