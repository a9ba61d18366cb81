import { formatLearningRate, formatRate, formatValue } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import type { RunScope } from '../../run/scope.svelte';
import type { Column, Curve, Feature, Lane } from '../../shell/feature';
import Legend from './Legend.svelte';
import { scalarsSettings } from './settings';
import Stages from './Stages.svelte';
import { ScalarsState, valueAt } from './state.svelte';

function curves(run: RunScope): readonly Curve[] {
  const scalars = run.state(ScalarsState);
  const { loss, smooth, isLog, isErrorRate } = scalars;
  if (!loss || !smooth) return [];
  const { steps, values: raw } = loss;
  const curve = {
    steps,
    values: smooth,
    ...(smooth !== raw && { raw }),
    color: 'var(--second-line)',
    width: 1.2,
    // Rates share a linear axis.
    isRate: isErrorRate && !isLog,
    isLog,
    here: () => scalars.smoothHere,
  };
  return [curve];
}

function readings(run: RunScope): readonly Reading[] {
  const { loss, smooth, rate, lossHere, smoothHere, rateHere, isErrorRate } =
    run.state(ScalarsState);
  const found: Reading[] = [];
  if (loss) {
    const text = isErrorRate ? formatRate : formatValue;
    found.push({ label: loss.tag, value: text(lossHere), color: 'var(--second-line)' });
    if (smooth !== loss.values) found.push({ label: 'smoothed', value: text(smoothHere) });
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
      format: formatLearningRate,
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
  help: [
    {
      section: 'Marks',
      sign: '',
      meaning:
        'Behind a smoothed training curve lies, faint, what was logged. Error rates are read at the left, any other curve at the right.',
    },
  ],
} satisfies Feature;
