import type { Feature } from '../../shell/feature';
import FilterDetails from './FilterDetails.svelte';
import Header from './Header.svelte';
import { filterKind, layerKind, VIEW } from './kinds';
import LayerDetails from './LayerDetails.svelte';
import LayersMark from './LayersMark.svelte';
import ModuleMark from './ModuleMark.svelte';
import { layersSettings } from './settings';
import Table from './Table.svelte';
import View from './View.svelte';
import { LayersState } from './state.svelte';

/** The network's layers and filters, and how their weights change. */
export default {
  name: 'layers',
  settings: layersSettings,
  states: [LayersState],
  view: {
    id: VIEW,
    title: 'Layers',
    label: 'Layer view',
    missing: ({ data }) =>
      data?.steps.dumps.length === 0
        ? {
            title: 'This run has no weights',
            text: 'Log the weights every few iterations to see how each layer and each filter changes. The writer keeps only statistics: a few bytes for each filter.',
            code: 'writer.add_weights(model, global_step)  # every few iterations',
          }
        : null,
    Header,
    Chart: View,
    Table,
  },
  kinds: [layerKind, filterKind],
  inspector: [
    { about: layerKind, Details: LayerDetails },
    { about: filterKind, Details: FilterDetails },
  ],
  keys: [{ keys: 'O', meaning: 'draw a layer into the chart of several layers, or take it out' }],
  help: [
    {
      section: 'Marks',
      sign: LayersMark,
      meaning:
        'a convolution, a linear layer; a small circle is where data of several layers comes together',
    },
    {
      section: 'Marks',
      sign: ModuleMark,
      meaning:
        'a module: beside the network from its first to its last layer, the wider at a row the higher its level',
    },
    {
      section: 'Marks',
      sign: '▸',
      meaning: "at the left of an open layer's filters: the one that is selected",
    },
    {
      section: 'Marks',
      sign: 'Ridge line',
      meaning:
        'how the filters of a layer are distributed over a measure at a dump: the further to the right, the more filters have that value',
    },
  ],
} satisfies Feature;
