import { formatCount, formatValue } from '../../charts/format';
import type { Run } from '../../run/wire';
import type { Occurrence } from './wire';

export function nameOccurrence(run: Run, { layer, filter, imageSet }: Occurrence): string {
  if (layer === null) return `Image set ${imageSet ?? ''}`;
  const name = run.layers[layer]?.name ?? '';
  return filter === null ? name : `${name}, filter ${filter}`;
}

/** What the rule compares, as the end of a sentence. */
export function describeValue(rule: string, { value, unknown }: Occurrence): string {
  if (unknown) return ', missing or not a number: this log does not say';
  if (rule.startsWith('update_ratio')) return `, median ${formatValue(value ?? NaN)}`;
  if (rule === 'restless_filters') return `, ${formatValue(value ?? Infinity)} times the layer's`;
  if (rule === 'non_finite_scores') return `, up to ${formatCount(value ?? 0, 'image')}`;
  return '';
}

/** How many there are, of what they are about. */
export function countOccurrences(occurrences: readonly Occurrence[]): string {
  if (occurrences.some(({ layer }) => layer === null)) {
    return formatCount(occurrences.length, 'stretch', 'stretches');
  }
  const layers = formatCount(new Set(occurrences.map(({ layer }) => layer)).size, 'layer');
  return occurrences.some(({ filter }) => filter !== null)
    ? `${formatCount(occurrences.length, 'filter')} in ${layers}`
    : layers;
}
