import type { Feature } from '../../shell/feature';
import { imageKind } from '../images/api';
import { withoutValidations } from '../validation/api';
import Details from './Details.svelte';
import Header from './Header.svelte';
import { VIEW } from './kinds';
import { historiesSettings } from './settings';
import SetPicker from './SetPicker.svelte';
import { HistoriesState } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** What became of each image: scores, histories, and how they are spread. */
export default {
  name: 'histories',
  settings: historiesSettings,
  states: [HistoriesState],
  view: {
    id: VIEW,
    title: 'Images',
    label: 'Images view',
    missing: withoutValidations('what became of each image'),
    Header,
    Chart: View,
    Table,
  },
  inspector: [{ about: imageKind, Details }],
  Top: SetPicker,
  keys: [
    {
      keys: '↑ ↓ Page Up Page Down',
      meaning: 'in the list of images, go through them',
      section: 'Keys in a chart',
    },
  ],
  help: [
    {
      section: 'Mouse',
      sign: 'Drag in the plot',
      meaning: 'of confidence and variability: lists the images there',
    },
  ],
} satisfies Feature;
