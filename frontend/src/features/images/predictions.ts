import type { ClassIndex } from '../../wire/units';

/** How often a class was predicted, as a share of the validations that evaluated the image. */
export interface Share {
  readonly label: ClassIndex;
  readonly share: number;
}

/**
 * @param predicted int32[validations], -1 where the image was not evaluated
 * @returns most frequent first; ties by class
 */
export function predictionShares(predicted: Int32Array): readonly Share[] {
  const counts = new Map<number, number>();
  let evaluated = 0;
  for (const label of predicted) {
    if (label < 0) continue;
    evaluated++;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts]
    .map(([label, count]) => ({ label, share: count / evaluated }))
    .sort((a, b) => b.share - a.share || a.label - b.label);
}
