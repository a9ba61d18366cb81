import { formatCount, formatRate } from '../../charts/format';
import type { RunScope } from '../../run/scope.svelte';
import type { Feature, Lane } from '../../shell/feature';
import AnomalyList from './AnomalyList.svelte';
import IterationDetails from './IterationDetails.svelte';
import LeftMark from './LeftMark.svelte';
import Legend from './Legend.svelte';
import RightMark from './RightMark.svelte';
import { anomaliesSettings } from './settings';
import { AnomaliesState } from './state.svelte';
import Strip from './Strip.svelte';

const countsOf = (run: RunScope) =>
  new Map(run.state(AnomaliesState).counts.map((count) => [count.step, count]));

const lane: Lane = {
  name: 'Anomalies',
  Legend,
  Strip,
  readings: (run) => {
    const here = run.state(AnomaliesState).countHere;
    if (!here) return [];
    return [
      { label: 'Anomalies', value: formatCount(here.classes.size, 'class', 'classes') },
      { label: 'of which flip at most', value: formatRate(here.score) },
    ];
  },
  columns: (run) => {
    const counts = countsOf(run);
    return [
      { name: 'Classes with anomalies', value: (step) => counts.get(step)?.classes.size ?? 0 },
      { name: 'Flips', value: (step) => counts.get(step)?.flips ?? 0 },
    ];
  },
};

/** Iterations at which many images of a class flip (paper, section 7.1.2). */
export default {
  name: 'anomalies',
  settings: anomaliesSettings,
  states: [AnomaliesState],
  lanes: [lane],
  inspector: [
    { about: 'iteration', Details: IterationDetails },
    { about: 'run', Details: AnomalyList },
  ],
  help: [
    {
      section: 'Marks',
      sign: LeftMark,
      meaning: 'images flip here after several validations without a change (left rule)',
    },
    {
      section: 'Marks',
      sign: RightMark,
      meaning: 'images flip here and then stay for several validations (right rule)',
    },
    {
      section: 'Marks',
      sign: '',
      meaning: 'The wider and stronger a triangle, the larger the share of the class that flips.',
    },
  ],
} satisfies Feature;
