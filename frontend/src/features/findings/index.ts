import type { Feature } from '../../shell/feature';
import Header from './Header.svelte';
import { FindingsState, VIEW } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** What is worth a look in the layers, with the rules that find it. */
export default {
  name: 'findings',
  states: [FindingsState],
  view: {
    id: VIEW,
    title: 'Findings',
    label: 'Findings',
    missing: ({ data }) =>
      data?.steps.dumps.length === 0
        ? {
            title: 'This run has no weights',
            text: 'Log the weights every few iterations: then the filters that never change, the layers that change too much or too little and the like are named here.',
            code: 'writer.add_weights(model, global_step)  # every few iterations',
          }
        : null,
    Header,
    Chart: View,
    Table,
  },
  help: [
    {
      section: 'Marks',
      sign: 'Bar',
      meaning:
        'a finding: the iterations at which its rule holds; of several layers or filters in one row, pale where it holds for some of them',
    },
  ],
} satisfies Feature;
