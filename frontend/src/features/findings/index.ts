import type { Feature } from '../../shell/feature';
import Header from './Header.svelte';
import { findingsSettings } from './settings';
import { FindingsState, VIEW } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** What one opens first: what happened in the run, and what goes wrong, with the rules that find it. */
export default {
  name: 'findings',
  settings: findingsSettings,
  states: [FindingsState],
  view: {
    id: VIEW,
    title: 'Findings',
    label: 'Findings',
    missing: ({ data }) =>
      data?.steps.dumps.length === 0 && data.steps.validations.length === 0
        ? {
            title: 'Nothing is logged of this run yet',
            text: 'Log predictions and weights every few iterations: then it is told here what was learned and forgotten when, and what goes wrong.',
            code: `writer.add_validation_set(labels, class_names, images=images)
writer.add_predictions(predicted, global_step)  # at every validation
writer.add_weights(model, global_step)  # every few iterations`,
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
