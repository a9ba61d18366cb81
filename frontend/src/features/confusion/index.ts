import type { Feature } from '../../shell/feature';
import { withoutValidations } from '../validation/api';
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
    missing: withoutValidations('which classes are predicted as which others'),
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
