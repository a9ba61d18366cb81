import type { RunScope } from '../../run/scope.svelte';
import type { Feature, Missing } from '../../shell/feature';
import { screenOf } from '../../shell/screen.svelte';
import Details from './Details.svelte';
import Header from './Header.svelte';
import { VIEW } from './kinds';
import { mapSettings } from './settings';
import { MapState } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

const missing = (run: RunScope): Missing | null =>
  run.state(MapState).quality.data?.logged.length === 0
    ? {
        title: 'This run has no representations',
        text: 'Log what the network makes of each image of the validation set, such as the input of its last layer, to see which images look alike to it and how that moves while it trains. A Tracker does it by itself; with a loop of your own, it is one call.',
        code: `tracker = Tracker(writer, model, validation, representations=True)
# or, in a loop of your own, at every validation:
writer.add_representations(features, global_step, scores=logits)`,
      }
    : null;

/** How the network sees the images: those that look alike to it lie together. */
export default {
  name: 'map',
  settings: mapSettings,
  states: [MapState],
  view: { id: VIEW, title: 'Map', label: 'Map view', missing, Header, Chart: View, Table, Details },
  keys: [
    {
      keys: 'K',
      meaning: 'in the map, play the frames from the crosshair on, or stop',
      actions: {
        k: (run) => {
          if (screenOf(run).view !== VIEW) return false;
          run.state(MapState).togglePlaying();
          return true;
        },
      },
    },
    {
      keys: '← → ↑ ↓, Enter',
      meaning: 'in the map, go from dot to dot and select one; + − 0 zoom, Space plays',
      section: 'Keys in a chart',
    },
  ],
  help: [
    {
      section: 'Mouse',
      sign: 'Drag on the map',
      meaning: 'picks the images that are drawn around, for all views',
    },
  ],
} satisfies Feature;
