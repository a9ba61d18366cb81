/** What of a confusion matrix is drawn, and how its classes are listed. */
import type { ClassIndex } from '../../wire/units';
import type { Confusion } from './wire';

/** The classes that a matrix has room for. */
export const MOST = 24;

/** Rows are labels, columns predictions; where classes are left out, the last of both is their sum. */
export interface Matrix {
  readonly classes: readonly ClassIndex[];
  /** How many classes are summed up; 0 where none are. */
  readonly others: number;
  /** As many rows and columns as there are classes, and one more where there are others. */
  readonly counts: readonly (readonly number[])[];
}

/**
 * The matrix of all classes, or of those that are confused with each other most: of pairs, those
 * of the most images first, both of their classes, side by side.
 */
export function matrixOf(data: Confusion, most = MOST): Matrix {
  const all = data.images.length;
  const classes = all <= most ? Array.from({ length: all }, (_, i) => i) : mostConfused(data, most);
  const at = new Map(classes.map((index, i) => [index, i]));
  // Outputs without a name are of no class that is listed.
  const isBeyond = data.predicted.some((predicted) => predicted >= all);
  const others = all - classes.length;
  const size = classes.length + (others > 0 || isBeyond ? 1 : 0);
  const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  data.count.forEach((count, i) => {
    const row = counts[at.get(data.label[i] ?? -1) ?? classes.length];
    const column = at.get(data.predicted[i] ?? -1) ?? classes.length;
    if (row) row[column] = (row[column] ?? 0) + count;
  });
  return { classes, others, counts };
}

function mostConfused(data: Confusion, most: number): readonly ClassIndex[] {
  const pairs = Array.from(data.count, (count, i) => ({
    count,
    label: data.label[i] ?? -1,
    predicted: data.predicted[i] ?? -1,
  }))
    .filter(({ label, predicted }) => label !== predicted && predicted < data.images.length)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
  const found = new Set<ClassIndex>();
  for (const { label, predicted } of pairs) {
    const isNew = [label, predicted].filter((index) => !found.has(index)).length;
    if (found.size + isNew > most) continue;
    found.add(label).add(predicted);
    if (found.size === most) break;
  }
  // Where less is confused, the first classes fill the room.
  for (let index = 0; found.size < most; index++) found.add(index);
  return [...found];
}

export const COLUMNS = ['class', 'images', 'recall', 'precision'] as const;
export type Column = (typeof COLUMNS)[number];

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The classes in the order of a column; those without a value are last. */
export function sortedClasses(
  data: Confusion,
  names: readonly string[],
  by: Column,
  direction: 'up' | 'down',
): readonly ClassIndex[] {
  const sign = direction === 'up' ? 1 : -1;
  const classes = names.map((_, i): ClassIndex => i);
  if (by === 'class') {
    return classes.sort((a, b) => sign * natural.compare(names[a] ?? '', names[b] ?? '') || a - b);
  }
  const values = data[by];
  return classes.sort((a, b) => {
    const [x, y] = [values[a] ?? NaN, values[b] ?? NaN];
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}
