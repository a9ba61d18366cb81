import type { RunScope } from '../../run/scope.svelte';
import type { Curve, Feature, Lane } from '../../shell/feature';
import { classKind, withoutValidations } from '../validation/api';
import { fillings } from './beside';
import ClassDetails from './ClassDetails.svelte';
import Header from './Header.svelte';
import { VIEW } from './kinds';
import LaneLegend from './LaneLegend.svelte';
import { LayersBeside } from './layerpairs.svelte';
import { ManyRuns } from './many.svelte';
import { compareSettings } from './settings';
import { CompareState } from './state.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

/** The other run's error, while the two are looked at. */
function curves(run: RunScope): readonly Curve[] {
  const compare = run.state(CompareState);
  if (!compare.isShown) return [];
  const rates = compare.ratesOf(null, 1);
  const color = compare.otherColor;
  return rates ? [{ ...rates, color, width: 1.3, isDashed: true, isRate: true, here: null }] : [];
}

const lane: Lane = { name: 'Compared run', curves, Legend: LaneLegend };

/** Several runs, side by side. */
export default {
  name: 'compare',
  settings: compareSettings,
  fillings,
  states: [CompareState, LayersBeside, ManyRuns],
  view: {
    id: VIEW,
    title: 'Compare',
    label: 'Compare view',
    missing: withoutValidations('how its images fare beside those of other runs'),
    Header,
    Chart: View,
    Table,
  },
  inspector: [{ about: classKind, Details: ClassDetails }],
  lanes: [lane],
  keys: [
    {
      keys: 'Ctrl Enter',
      meaning: 'in the list of runs, compare one with the run that is shown, or no longer',
      section: 'Keys in a chart',
    },
  ],
  help: [
    {
      section: 'Mouse',
      sign: 'Click a box',
      meaning: 'in the list of runs: compares that run with the one that is shown',
    },
  ],
} satisfies Feature;
