import type { Feature } from '../../shell/feature';
import CellDetails from './CellDetails.svelte';
import Header from './Header.svelte';
import { cellKind, VIEW } from './kinds';
import { confusionSettings } from './settings';
import { ConfusionState } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** Which classes are predicted as which, at the crosshair. */
export default {
  name: 'confusion',
  settings: confusionSettings,
  states: [ConfusionState],
  view: {
    id: VIEW,
    title: 'Confusion',
    label: 'Confusion view',
    missing: ({ data }) =>
      data?.steps.validations.length === 0
        ? {
            title: 'This run has no validations',
            text: 'Log the labels of a validation set once, and the predicted classes at every validation, to see which classes are predicted as which others.',
            code: `writer.add_validation_set(labels, class_names, images=images)
writer.add_predictions(predicted, global_step)  # at every validation`,
          }
        : null,
    Header,
    Chart: View,
    Table,
  },
  kinds: [cellKind],
  inspector: [{ about: cellKind, Details: CellDetails }],
  keys: [
    {
      keys: '← → ↑ ↓, Enter',
      meaning: 'in the confusion matrix, go through its cells and show the images of one',
      section: 'Keys in a chart',
    },
  ],
  help: [
    {
      section: 'Mouse',
      sign: 'Click a cell',
      meaning: 'of the confusion matrix: the images of a class that are predicted as another',
    },
  ],
} satisfies Feature;
