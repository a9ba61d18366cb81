/** Which effects tell of a cause, which is the strongest, and what is said of it; pure. */
import { formatCount, formatStep } from '../../charts/format';
import type { Effect, Effects } from './wire';

/** So many moments that were not tested are named. */
const SAID = 3;

/**
 * What experiments say of a layer's filters and images that flipped: put back they revert the
 * flips on their own, or with filters of other layers; or they do not.
 */
export const VERDICTS = ['alone', 'together', 'not'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The verdict, and the effect that it rests on. */
export interface Mark {
  readonly verdict: Verdict;
  readonly effect: Effect;
}

export const verdictOf = (effect: Effect): Verdict => {
  if (!effect.beyond_chance) return 'not';
  return effect.layers.length === 1 ? 'alone' : 'together';
};

/** How many more images change than by chance, as a share of all of the kind. */
export const excess = ({ changed, chance, images }: Effect): number =>
  (changed - (chance ?? 0)) / Math.max(1, images);

/**
 * Whether there is a chance to compare with. There is no other draw of a whole layer, which may do
 * much by its nature: all that is predicted are outputs of the last one.
 */
export const isCompared = ({ draws, chance }: Effect): boolean => draws > 0 && chance !== null;

/** What tells most first: what was compared with chance before whole layers, then what did most. */
export const byStrength = (a: Effect, b: Effect): number =>
  Number(b.beyond_chance) - Number(a.beyond_chance) ||
  Number(isCompared(b)) - Number(isCompared(a)) ||
  excess(b) - excess(a) ||
  a.step - b.step;

/** What tells most of a layer first: what it does on its own. */
const byVerdict = (a: Effect, b: Effect): number =>
  VERDICTS.indexOf(verdictOf(a)) - VERDICTS.indexOf(verdictOf(b)) || byStrength(a, b);

/** Only what was put back is about flips as they are. */
const isPutBack = ({ how }: Effect): boolean => how === 'put_back';

/** Those of images of a class, or of all classes. */
export const ofClass = (effects: readonly Effect[], name: string | null): readonly Effect[] =>
  effects.filter((each) => isPutBack(each) && each.class === name);

/** Filters of more layers than these, put back together, tell little of one of the layers. */
const FEW_LAYERS = 3;

/**
 * What is known of each layer and class, by `keyOf`; and of a class and filters of many layers
 * together.
 */
export function marksOf(effects: readonly Effect[]): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const effect of effects.filter(isPutBack).toSorted(byVerdict)) {
    if (effect.class === null) continue;
    const layers =
      effect.layers.length > FEW_LAYERS ? [null] : effect.layers.map(({ layer }) => layer);
    for (const layer of layers) {
      const key = keyOf(layer, effect.class);
      if (!marks.has(key)) marks.set(key, { verdict: verdictOf(effect), effect });
    }
  }
  return marks;
}

/** @param layer - null for many layers together */
export const keyOf = (layer: string | null, label: string): string =>
  JSON.stringify([layer, label]);

/** The strongest of some marks. */
export const strongest = (marks: readonly Mark[]): Mark | null =>
  marks.toSorted((a, b) => byVerdict(a.effect, b.effect))[0] ?? null;

/** Of each iteration and direction, what reverts most; the strongest first. */
export function strongestOfEach(effects: readonly Effect[]): readonly Effect[] {
  const each = Map.groupBy(effects, ({ step, to }) => `${String(step)} ${to ?? ''}`);
  return [...each.values()].flatMap((own) => own.toSorted(byStrength)[0] ?? []).sort(byStrength);
}

/** these 9 filters of layer3.1.conv2; all 10 filters of fc; these 80 filters of 18 layers */
export function groupInWords(
  { layers }: Effect,
  filtersOf: (layer: string) => number | undefined,
): string {
  const [first] = layers;
  const count = layers.reduce((sum, { filters }) => sum + filters.length, 0);
  if (layers.length !== 1 || !first) {
    return `these ${formatStep(count)} filters of ${formatCount(layers.length, 'layer')}`;
  }
  if (count === filtersOf(first.layer)) {
    return count === 1
      ? `the filter of ${first.layer}`
      : `all ${formatStep(count)} filters of ${first.layer}`;
  }
  return count === 1
    ? `filter ${String(first.filters[0])} of ${first.layer}`
    : `these ${formatStep(count)} filters of ${first.layer}`;
}

/** 31 of 44 flips to wrong revert */
export function countInWords({ changed, images, to }: Effect): string {
  const kind = to === null ? '' : ` to ${to}`;
  return `${formatStep(changed)} of ${formatCount(images, 'flip')}${kind} ${changed === 1 ? 'reverts' : 'revert'}`;
}

/** chance: 3.3, p = 0.010, q = 0.030; empty: a whole layer, of which there is no other draw */
export function chanceInWords({ draws, chance, p, q, beyond_chance: isBeyond }: Effect): string {
  if (draws === 0 || chance === null || p === null) return '';
  const equals = (value: number): string => `${value < 0.001 ? '' : '= '}${formatP(value)}`;
  const corrected = q === null ? '' : `, q ${equals(q)}`;
  const beyond = isBeyond ? '' : ', not beyond chance';
  return `chance: ${formatChance(chance)}, p ${equals(p)}${corrected}${beyond}`;
}

/** 0.010; less than a thousandth as "< 0.001". */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

export const formatChance = (chance: number): string => chance.toFixed(chance < 9.95 ? 1 : 0);

/** At 12,400, 61 of 87 flips to wrong revert when these 9 filters of conv2 are put back (chance: 8, p < 0.001) */
export function effectInWords(
  effect: Effect,
  filtersOf: (layer: string) => number | undefined,
): string {
  const { step, layers } = effect;
  const isOne = layers.length === 1 && layers[0]?.filters.length === 1;
  const chance = chanceInWords(effect);
  return (
    `At ${formatStep(step)}, ${countInWords(effect)} when ${groupInWords(effect, filtersOf)} ` +
    `${isOne ? 'is' : 'are'} put back${chance && ` (${chance})`}`
  );
}

/** tested 6 of 14 moments; budget 2% of the training's time */
export function testedInWords({ steps, passed, budget }: Effects): string {
  const all = steps.length + passed.length;
  const share =
    budget === null
      ? ''
      : `; budget ${Number((100 * budget).toPrecision(3))}% of the training’s time`;
  return `tested ${formatStep(steps.length)} of ${formatCount(all, 'moment')}${share}`;
}

/** Not tested: 177 (130 flips: 0.8 s allowed, 1.6 s needed), 6 (100 flips) and 3 more */
export function passedInWords({ moments }: Effects): string {
  const passed = moments
    .filter(({ images }) => images === 0)
    .toSorted((a, b) => (b.flips ?? 0) - (a.flips ?? 0) || a.step - b.step);
  const said = passed.slice(0, SAID).map(({ step, flips, allowed, planned }) => {
    const time =
      allowed === null || planned === null
        ? ''
        : `: ${formatSeconds(allowed)} allowed, ${formatSeconds(planned)} needed`;
    return formatStep(step) + (flips === null ? '' : ` (${formatCount(flips, 'flip')}${time})`);
  });
  if (said.length === 0) return '';
  const more = passed.length - said.length;
  return `Not tested: ${said.join(', ')}${more > 0 ? ` and ${formatStep(more)} more` : ''}.`;
}

const formatSeconds = (seconds: number): string => `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
