/** The other run in the views of the shown one. */
import type { RunScope } from '../../run/scope.svelte';
import { statisticsBeside, type StatisticsBeside } from '../layers/api';
import { classesBeside, errorColor, type ClassBeside, type ClassesBeside } from '../validation/api';
import { positionOf } from './ahead';
import { LayersBeside } from './layerpairs.svelte';
import { means } from './means';
import { CompareState } from './state.svelte';

function classes(run: RunScope): ClassesBeside | null {
  const compare = run.state(CompareState);
  if (!compare.isBeside('validation') || !compare.over) return null;
  const of = (names: readonly string[]): ClassBeside | null => {
    const rates = names.flatMap((name) => compare.ratesOf(name, 1)?.values ?? []);
    if (rates.length === 0) return null;
    const differences = names.map((name) => compare.differenceOf(name));
    return {
      rates: means(rates),
      ahead: means(differences).map((each) => positionOf(each, compare.domain)),
    };
  };
  return { ...namedIn(compare), steps: compare.steps, palette: compare.palette, of };
}

function colorOfShown(run: RunScope): string | null {
  const compare = run.state(CompareState);
  return compare.isShown && compare.ratesOf(null, 1) ? compare.color : null;
}

function statistics(run: RunScope): StatisticsBeside | null {
  const compare = run.state(CompareState);
  const { beside } = run.state(LayersBeside);
  return beside && { ...namedIn(compare), ...beside };
}

const namedIn = (compare: CompareState) => ({
  name: compare.shortName(compare.other),
  colors: [compare.color, compare.otherColor] as const,
});

/** What it fills of other features' seams. */
export const fillings = [
  classesBeside.fill(classes),
  errorColor.fill(colorOfShown),
  statisticsBeside.fill(statistics),
];
