import type { Feature } from '../../shell/feature';
import Details from './Details.svelte';
import Header from './Header.svelte';
import { listed } from './keys';
import { correlationSettings } from './settings';
import { CorrelationState, VIEW } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** Which filters change most when which classes flip. */
export default {
  name: 'correlation',
  settings: correlationSettings,
  states: [CorrelationState],
  view: {
    id: VIEW,
    title: 'Correlation',
    label: 'Correlation view',
    Header,
    Chart: View,
    Table,
    Details,
  },
  keys: listed([
    ['arrows', 'move over the chart'],
    ['Enter', 'select what is under the cursor; with Shift or Ctrl add it'],
    ['+ − 0', 'zoom in, zoom out, show all'],
  ]),
  clear: (run) => run.state(CorrelationState).clear(),
} satisfies Feature;
