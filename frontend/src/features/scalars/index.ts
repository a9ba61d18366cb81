import { formatLearningRate, formatRate, formatValue } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import type { RunScope } from '../../run/scope.svelte';
import type { Column, Curve, Feature, Lane } from '../../shell/feature';
import Legend from './Legend.svelte';
import { scalarsSettings } from './settings';
import Stages from './Stages.svelte';
import { ScalarsState, valueAt } from './state.svelte';

function curves(run: RunScope): readonly Curve[] {
  const { loss, isErrorRate } = run.state(ScalarsState);
  if (!loss) return [];
  const color = 'var(--second-line)';
  return [{ ...loss, color, width: 1.2, isRate: isErrorRate, here: null }];
}

function readings(run: RunScope): readonly Reading[] {
  const { loss, rate, lossHere, rateHere, isErrorRate } = run.state(ScalarsState);
  const found: Reading[] = [];
  if (loss) {
    const value = isErrorRate ? formatRate(lossHere) : formatValue(lossHere);
    found.push({ label: loss.tag, value, color: 'var(--second-line)' });
  }
  if (rate) found.push({ label: 'Learning rate', value: formatLearningRate(rateHere) });
  return found;
}

function columns(run: RunScope): readonly Column[] {
  const { loss, rate } = run.state(ScalarsState);
  return [
    {
      name: loss?.tag ?? 'Training loss',
      format: formatValue,
      value: (step) => (loss ? valueAt(loss, step) : NaN),
    },
    {
      name: 'Learning rate',
      format: (value) => (Number.isNaN(value) ? '–' : formatLearningRate(value)),
      value: (step) => (rate ? valueAt(rate, step) : NaN),
    },
  ];
}

const lane: Lane = { name: 'Training', curves, Legend, Strip: Stages, readings, columns };

/** The user's own scalars: a training curve, and the learning rate with its stages. */
export default {
  name: 'scalars',
  settings: scalarsSettings,
  states: [ScalarsState],
  lanes: [lane],
} satisfies Feature;
