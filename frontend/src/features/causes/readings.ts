/** What is read of a mark at the pointer. */
import { formatStep } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import { formatChance, formatP, groupInWords, type Mark } from './plan';

export function readMark(
  { effect }: Mark,
  filtersOf: (layer: string) => number | undefined,
): readonly Reading[] {
  const { changed, images, step, draws, chance, p, q } = effect;
  const isCompared = draws > 0 && chance !== null && p !== null;
  return [
    { label: 'put back', value: groupInWords(effect, filtersOf) },
    {
      label: `revert at ${formatStep(step)}`,
      value: `${formatStep(changed)} of ${formatStep(images)}`,
    },
    isCompared
      ? {
          label: 'by chance',
          value: formatChance(chance),
          unit: `${q === null ? '' : `q ${formatP(q)} `}p ${formatP(p)}`,
        }
      : { label: 'by chance', value: 'not known of a whole layer' },
  ];
}
