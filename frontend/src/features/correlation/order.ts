import type { ClassIndex, Step } from '../../wire/units';

export const CLASS_ORDERS = ['difficulty', 'similarity', 'name', 'anomalies'] as const;
export type ClassOrder = (typeof CLASS_ORDERS)[number];

interface ClassSteps {
  readonly class: ClassIndex;
  readonly steps: readonly Step[];
}
interface Sets {
  readonly filters: { readonly length: number };
  readonly steps: readonly Step[];
}

/**
 * Positions of the classes so that each has the one next to it whose anomaly filters are
 * most alike, by the cosine of how often each filter appears. The chain begins with the
 * class that has most of them, and goes on with the most similar one that is left.
 */
export function bySimilarity(
  classes: readonly ClassSteps[],
  miniSets: readonly Sets[],
): readonly number[] {
  const steps = [...new Set(classes.flatMap((each) => each.steps))].sort((a, b) => a - b);
  const at = new Map(steps.map((step, i) => [step, i]));
  const n = steps.length;
  // Filters that two iterations share: all that the similarity of classes depends on.
  const shared = new Float64Array(n * n);
  for (const { filters, steps: own } of miniSets) {
    const places = own.map((step) => at.get(step)).filter((i) => i !== undefined);
    for (const i of places) {
      for (const j of places) shared[i * n + j] = (shared[i * n + j] ?? 0) + filters.length;
    }
  }
  const places = classes.map((each) => each.steps.map((step) => at.get(step) ?? 0));
  const together = (a: readonly number[], profile: Float64Array): number =>
    a.reduce((sum, i) => sum + (profile[i] ?? 0), 0);
  const profileOf = (a: readonly number[]): Float64Array => {
    const profile = new Float64Array(n);
    for (const i of a) {
      for (let j = 0; j < n; j++) profile[j] = (profile[j] ?? 0) + (shared[i * n + j] ?? 0);
    }
    return profile;
  };
  const norms = places.map((own) => Math.sqrt(together(own, profileOf(own))) || 1);
  const left = new Set(places.keys());
  const chain: number[] = [];
  let next = norms.indexOf(Math.max(...norms));
  while (left.size > 0) {
    chain.push(next);
    left.delete(next);
    const profile = profileOf(places[next] ?? []);
    let max = -1;
    for (const i of left) {
      const similarity = together(places[i] ?? [], profile) / (norms[i] ?? 1);
      if (similarity > max) [max, next] = [similarity, i];
    }
  }
  return chain;
}

/**
 * Positions of the classes in the order asked for.
 *
 * @param difficulty mean error rate of a class
 */
export function orderClasses(
  order: ClassOrder,
  classes: readonly ClassSteps[],
  miniSets: readonly Sets[],
  name: (index: ClassIndex) => string,
  difficulty: (index: ClassIndex) => number,
): readonly number[] {
  if (order === 'similarity') return bySimilarity(classes, miniSets);
  const keys = classes.map((each) =>
    order === 'anomalies'
      ? -each.steps.length
      : order === 'difficulty'
        ? difficulty(each.class)
        : 0,
  );
  const names = classes.map((each) => name(each.class));
  return [...classes.keys()].sort((a, b) => {
    const by = (keys[a] ?? 0) - (keys[b] ?? 0);
    return by || collator.compare(names[a] ?? '', names[b] ?? '') || a - b;
  });
}

const collator = new Intl.Collator('en', { numeric: true });
