import type { Feature } from '../../shell/feature';
import { GridTable, gridViews, GroupsDetails, listed } from '../correlation/api';
import Header from './Header.svelte';
import { cubeSettings } from './settings';
import View from './View.svelte';
import { CubeState } from './state.svelte';

const VIEW = 'cube';

/** Filters, classes and their correlation as the faces of a cube. */
export default {
  name: 'cube',
  settings: cubeSettings,
  states: [CubeState],
  view: {
    id: VIEW,
    title: 'Cube',
    label: 'Cube',
    Header,
    Chart: View,
    Table: GridTable,
    Details: GroupsDetails,
  },
  fillings: [gridViews.fill({ id: VIEW, detail: 'advanced', hasFilters: true })],
  keys: listed([
    ['1 2 3', 'go to the front, the top, the right face of the cube'],
    [
      'F L C I',
      'add only the filters, the layer, the class, the iteration of what is under the cursor',
    ],
    ['G', 'select into the other of the selections A and B'],
    ['U', 'unfold the cube, or fold it'],
    ['Alt arrows', 'change the proportions of the cube; or drag an inner edge'],
  ]),
} satisfies Feature;
