/**
 * What is picked, and what it lights.
 *
 * The three views show one relation: mini-set s, class c and iteration t belong together
 * if t is an anomaly iteration of c and the filters of s are among its anomaly filters.
 * A pick is a point of that space of which some coordinates are left open. It lights
 * itself and everything that belongs together with it, on every axis.
 */
import type { Codec } from '../../settings/codec';
import type { ClassIndex, FilterIndex, LayerIndex, Step } from '../../wire/units';
import type { Grid, SetRow } from './grid';

export interface Pick {
  readonly layer: LayerIndex | null;
  /** A filter of the mini-set that is meant; null for the whole layer. */
  readonly filter: FilterIndex | null;
  readonly class: ClassIndex | null;
  readonly step: Step | null;
}

export const ANYTHING: Pick = { layer: null, filter: null, class: null, step: null };

export const samePick = (a: Pick, b: Pick): boolean =>
  a.layer === b.layer && a.filter === b.filter && a.class === b.class && a.step === b.step;

export const samePicks = (a: readonly Pick[], b: readonly Pick[]): boolean =>
  a.length === b.length && a.every((pick, i) => samePick(pick, b[i] ?? ANYTHING));

export const isEmpty = (pick: Pick): boolean => samePick(pick, ANYTHING);

/** A point of the relation: positions of a mini-set and a column, and which of the column's steps. */
export interface Mark {
  readonly set: number;
  readonly column: number;
  readonly k: number;
}

/** What is lit on each axis; positions in the grid's lists. */
export interface Lit {
  readonly sets: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly steps: ReadonlySet<Step>;
  readonly marks: readonly Mark[];
  /** Of these, what was picked itself. */
  readonly picked: {
    readonly sets: ReadonlySet<number>;
    readonly columns: ReadonlySet<number>;
    readonly steps: ReadonlySet<Step>;
  };
}

export const pickSet = (set: SetRow): Pick => ({
  ...ANYTHING,
  layer: set.layer,
  filter: set.filters[0] ?? null,
});

const matches = (set: SetRow, { layer, filter }: Pick): boolean =>
  (layer === null || set.layer === layer) && (filter === null || set.filters.includes(filter));

/** What a list of picks lights together. */
export function light(grid: Grid, picks: readonly Pick[]): Lit {
  const sets = new Set<number>();
  const columns = new Set<number>();
  const steps = new Set<Step>();
  const marks = new Map<number, Mark>();
  const picked = { sets: new Set<number>(), columns: new Set<number>(), steps: new Set<Step>() };
  const key = (set: number, column: number, place: number): number =>
    (set * grid.columns.length + column) * grid.steps.length + place;
  for (const pick of picks) {
    if (isEmpty(pick)) continue;
    const among = [...grid.sets.keys()].filter((i) => matches(grid.sets[i] as SetRow, pick));
    grid.columns.forEach((each, column) => {
      if (pick.class !== null && pick.class !== each.class) return;
      if (pick.class !== null) picked.columns.add(column);
      each.at.forEach((place, k) => {
        const step = each.steps[k] ?? 0;
        if (pick.step !== null && pick.step !== step) return;
        // Iterations with no anomaly filters at all still belong to their class.
        if (pick.layer === null) {
          columns.add(column);
          steps.add(step);
        }
        for (const set of among) {
          if (!grid.sets[set]?.at[place]) continue;
          sets.add(set);
          columns.add(column);
          steps.add(step);
          marks.set(key(set, column, place), { set, column, k });
        }
      });
    });
    if (pick.layer !== null) among.forEach((set) => picked.sets.add(set));
    if (pick.step !== null) picked.steps.add(pick.step);
  }
  return {
    sets: new Set([...sets, ...picked.sets]),
    columns: new Set([...columns, ...picked.columns]),
    steps: new Set([...steps, ...picked.steps]),
    marks: [...marks.values()],
    picked,
  };
}

/** As words of the address: layer, filter, class and step, empty where open. */
export const picksCodec: Codec<readonly Pick[]> = {
  write: (picks) => picks.map(writePick),
  read: (words) => words.map(readPick).filter((pick) => pick !== undefined),
};

export const writePick = ({ layer, filter, class: index, step }: Pick): string =>
  [layer, filter, index, step].map((each) => each ?? '').join('.');

/** Undefined if the word makes no sense. */
export function readPick(word: string): Pick | undefined {
  const parts = word.split('.');
  const numbers = parts.map((part) => (part === '' ? null : Number(part)));
  const isPosition = (it: number | null): boolean =>
    it === null || (Number.isSafeInteger(it) && it >= 0);
  const [layer = null, filter = null, index = null, step = null] = numbers;
  const makes = parts.length === 4 && numbers.slice(0, 3).every(isPosition);
  if (!makes || (step !== null && !Number.isSafeInteger(step))) return undefined;
  const pick = { layer, filter, class: index, step };
  return isEmpty(pick) || (layer === null && filter !== null) ? undefined : pick;
}
