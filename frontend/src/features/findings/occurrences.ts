import { formatValue } from '../../charts/format';
import type { Run } from '../../run/wire';
import type { Occurrence } from './wire';

export function nameOccurrence(run: Run, { layer, filter }: Occurrence): string {
  const name = run.layers[layer]?.name ?? '';
  return filter === null ? name : `${name}, filter ${filter}`;
}

/** What the rule compares, as the end of a sentence. */
export function describeValue(rule: string, { value, unknown }: Occurrence): string {
  if (unknown) return ', missing or not a number: this log does not say';
  if (rule.startsWith('update_ratio')) return `, median ${formatValue(value ?? NaN)}`;
  if (rule === 'restless_filters') return `, ${formatValue(value ?? Infinity)} times the layer's`;
  return '';
}
