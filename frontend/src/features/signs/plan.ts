/** Where signs are drawn on the timeline, and what shows one. */
import { writeAddress } from '../../settings/address';
import type { Evidence, Sign } from './wire';

/** A sign's place among those that hold at the same time. */
export interface Placed {
  readonly sign: Sign;
  /** From the top, 0 to `LEVELS` - 1. */
  readonly level: number;
}

export const LEVELS = 2;

/**
 * Signs side by side in time share a level; the most severe come first to a place. What finds no
 * level free is drawn on the last one, over others.
 */
export function placed(signs: readonly Sign[]): readonly Placed[] {
  const levels: Sign[][] = Array.from({ length: LEVELS }, () => []);
  return signs.map((sign) => {
    const free = levels.findIndex((taken) => taken.every((other) => !meet(sign, other)));
    const level = free === -1 ? LEVELS - 1 : free;
    levels[level]?.push(sign);
    return { sign, level };
  });
}

const meet = (a: Sign, b: Sign): boolean =>
  a.first_step <= b.last_step && b.first_step <= a.last_step;

/** Tells a sign from others of the run, also while it goes on. */
export const keyOf = ({ kind, image_set, class: label, layer }: Sign): string =>
  ['sign', kind, image_set ?? '', label ?? '', layer ?? ''].join(' ');

/** What it is about, in a few words. */
export const nameOf = ({ image_set, class: label, layer }: Evidence): string =>
  layer ??
  (label === null ? image_set : `${label}${image_set === null ? '' : `, ${image_set}`}`) ??
  'The training';

/**
 * The state of the tab that shows it, as it stands in the address, at its first iteration.
 *
 * @param group what it is seen in
 * @param node position in the module tree of the layer that it is about
 * @param label position of the class that it is about
 */
export function linkOf(
  { kind, image_set, first_step, last_step }: Evidence,
  group: string,
  node: number | undefined,
  label: number | undefined,
): string {
  const set = image_set === null ? [] : [`run.imageSet*${encode(image_set)}`];
  const ofClass = (step: number): readonly string[] => [
    'screen.view*validation',
    `axis.step*${step}`,
    ...set,
    ...(label === undefined
      ? []
      : [`screen.selected*class*${label}`, `validation.pinned*${label}`, 'validation.search*']),
  ];
  if (node !== undefined) {
    const selected = `screen.selected*layer*${node}`;
    return link('screen.view*layers', `axis.step*${first_step}`, selected);
  }
  if (group === 'representations')
    return link('screen.view*map', `axis.step*${first_step}`, ...set);
  if (kind === 'confusion_growing')
    return link('screen.view*confusion', `axis.step*${last_step}`, ...set);
  if (group === 'scalars') return link(`axis.step*${first_step}`);
  return link(...ofClass(first_step));
}

const link = (...fields: readonly string[]): string => ['2', ...fields].join('!');

/** A word of an address: see `settings/address.ts`. */
const encode = (word: string): string => writeAddress([['', [word]]]).split('*')[1] ?? '';
