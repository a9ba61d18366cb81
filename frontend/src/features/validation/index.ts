import { formatRate } from '../../charts/format';
import type { RunScope } from '../../run/scope.svelte';
import type { Curve, Feature, Lane } from '../../shell/feature';
import { colorOfError } from './beside';
import ClassDetails from './ClassDetails.svelte';
import ClusterDetails from './ClusterDetails.svelte';
import Header from './Header.svelte';
import { classKind, clusterKind } from './kinds';
import LaneLegend from './LaneLegend.svelte';
import { withoutValidations } from './missing';
import { OpeningState } from './opening.svelte';
import OpeningDetails from './OpeningDetails.svelte';
import { validationSettings } from './settings';
import { ValidationState } from './state.svelte';
import Status from './Status.svelte';
import Table from './Table.svelte';
import View from './View.svelte';

function curves(run: RunScope): readonly Curve[] {
  const validation = run.state(ValidationState);
  const { errorRates } = validation;
  if (!errorRates.data) return [];
  const { steps, overall } = errorRates.data;
  const color = colorOfError(run);
  return [
    { steps, values: overall, color, width: 1.6, isRate: true, here: () => validation.errorHere },
  ];
}

const lane: Lane = {
  name: 'Validation error',
  curves,
  noCurve: ({ data }) =>
    data?.steps.validations.length === 0
      ? 'No validations logged: there is no error curve to show'
      : null,
  Legend: LaneLegend,
  readings: (run) => {
    const { errorRates, errorHere, errorName } = run.state(ValidationState);
    if (!errorRates.data) return [];
    return [{ label: errorName, value: formatRate(errorHere), color: colorOfError(run) }];
  },
  columns: (run) => [
    {
      name: run.state(ValidationState).errorName,
      format: formatRate,
      value: (_, i) => run.state(ValidationState).errorRates.data?.overall[i] ?? NaN,
    },
  ],
};

/** Which classes are learned when. */
export default {
  name: 'validation',
  settings: validationSettings,
  states: [ValidationState, OpeningState],
  view: {
    id: 'validation',
    title: 'Validation',
    label: 'Validation view',
    missing: withoutValidations('which classes are learned when'),
    Header,
    Chart: View,
    Table,
  },
  kinds: [clusterKind, classKind],
  inspector: [
    { about: clusterKind, Details: ClusterDetails },
    { about: classKind, Details: ClassDetails },
    { about: 'iteration', Details: OpeningDetails },
  ],
  lanes: [lane],
  keys: [
    { keys: 'P', meaning: 'pin a class to the top, or unpin it' },
    {
      keys: '/',
      meaning: 'find a class or an image',
      actions: {
        '/': () => {
          document.getElementById('search')?.focus();
          return true;
        },
      },
    },
  ],
  Status,
} satisfies Feature;
