import { formatCount, formatValue } from '../../charts/format';
import type { Run } from '../../run/wire';
import type { Step } from '../../wire/units';
import type { Occurrence } from './wire';

export function nameOccurrence(run: Run, { layer, filter, imageSet }: Occurrence): string {
  if (layer === null) return `Image set ${imageSet ?? ''}`;
  const name = run.layers[layer]?.name ?? '';
  return filter === null ? name : `${name}, filter ${filter}`;
}

/** The iterations from the first to the last at which something holds. */
export type Span = Pick<Occurrence, 'step' | 'until'>;

/** Occurrences that say the same of so many layers, or filters of a layer, are one row. */
const MANY = 4;

/** Occurrences that are one row until somebody opens it. */
export interface Group {
  /** Different for all groups of a rule. */
  readonly key: string;
  readonly name: string;
  readonly occurrences: readonly Occurrence[];
  /** From the first iteration at which any of them holds to the last. */
  readonly any: readonly [Step, Step];
  /** The iterations at which all of them hold; null without any. */
  readonly all: readonly [Step, Step] | null;
}

/** The layers of a rule in one row, and the filters of each layer in one; few of them in one each. */
export function groupOccurrences(run: Run, occurrences: readonly Occurrence[]): readonly Group[] {
  const kinds = Map.groupBy(occurrences, ({ layer, filter, imageSet }) =>
    layer === null ? `set ${imageSet ?? ''}` : filter === null ? 'layers' : `filters ${layer}`,
  );
  return Array.from(kinds, ([key, all]) =>
    all.length < MANY
      ? all.map((one, i) => group(`${key} ${i}`, nameOccurrence(run, one), [one]))
      : [group(key, nameMany(run, all), all)],
  ).flat();
}

const group = (key: string, name: string, occurrences: readonly Occurrence[]): Group => {
  const first = occurrences.map(({ step }) => step);
  const last = occurrences.map(({ until }) => until);
  const all = [Math.max(...first), Math.min(...last)] as const;
  return {
    key,
    name,
    occurrences,
    any: [Math.min(...first), Math.max(...last)],
    all: all[0] <= all[1] ? all : null,
  };
};

function nameMany(run: Run, occurrences: readonly Occurrence[]): string {
  const { layer = null, filter = null, imageSet = null } = occurrences[0] ?? {};
  const many = occurrences.length;
  if (layer === null) return `Image set ${imageSet ?? ''}, ${many} stretches`;
  const { name = '', filters = 0 } = run.layers[layer] ?? {};
  if (filter !== null) return `${name}, ${ofAll(many, filters, 'filter')}`;
  return ofAll(many, run.layers.length, 'layer');
}

/** "All 22 layers", "12 of 22 layers" */
const ofAll = (many: number, all: number, one: string): string =>
  many === all ? `All ${formatCount(all, one)}` : `${many} of ${formatCount(all, one)}`;

/**
 * Whether the rule holds at an iteration and, of several occurrences, for how many.
 *
 * @param again - whether these are of one thing, at other times
 */
export function describeHolding(occurrences: readonly Span[], step: Step, again: boolean): string {
  const holding = occurrences.filter(({ step: from, until }) => from <= step && step <= until);
  if (occurrences.length > 1 && !again) return `${holding.length} of ${occurrences.length}`;
  return holding.length > 0 ? 'yes' : 'no';
}

/** What the rule compares, of several occurrences: from the smallest to the largest. */
export function describeValues(rule: string, occurrences: readonly Occurrence[]): string {
  const [one, ...others] = occurrences;
  if (!one || others.length === 0) return one ? describeValue(rule, one) : '';
  const byValue = occurrences.toSorted((a, b) => (a.value ?? Infinity) - (b.value ?? Infinity));
  const ends = [byValue[0] ?? one, byValue.at(-1) ?? one].map((each) => each.value);
  if (one.unknown || ends[0] === ends[1]) return describeValue(rule, one);
  const [low, high] = ends.map((value) => formatValue(value ?? Infinity));
  if (rule.startsWith('update_ratio')) return `, medians ${low} to ${high}`;
  if (rule === 'restless_filters') return `, ${low} to ${high} times the layer's median`;
  if (rule === 'non_finite_scores') return `, up to ${high} images`;
  return '';
}

/** What the rule compares, as the end of a sentence. */
export function describeValue(rule: string, { value, unknown }: Occurrence): string {
  if (unknown) return ', missing or not a number: this log does not say';
  if (rule.startsWith('update_ratio')) return `, median ${formatValue(value ?? NaN)}`;
  if (rule === 'restless_filters')
    return `, ${formatValue(value ?? Infinity)} times the layer's median`;
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

/** The statistic in which a finding about a layer is seen; null for what is about something else. */
export const statisticOf = (rule: string): string | null =>
  rule.startsWith('update_ratio') || rule === 'frozen_layers'
    ? 'update_ratio'
    : rule === 'non_finite_weights'
      ? 'weight_max'
      : rule === 'non_finite_gradients'
        ? 'gradient_max'
        : null;
