import { askJson } from '../../wire/answers';
import type { FilterIndex, LayerIndex, Step } from '../../wire/units';

/** Where a rule holds. */
export interface Occurrence {
  readonly layer: LayerIndex;
  /** Null if it is about the whole layer. */
  readonly filter: FilterIndex | null;
  readonly step: Step;
  readonly until: Step;
  /** What the rule compares; null for what is not finite. */
  readonly value: number | null;
  /** Whether the value may be missing instead: old logs do not say. */
  readonly unknown: boolean;
}

/** A rule, and where it holds. */
export interface Finding {
  readonly rule: string;
  readonly title: string;
  /** The rule in words, with its thresholds. */
  readonly description: string;
  readonly occurrences: readonly Occurrence[];
}

export async function findings(run: string, signal?: AbortSignal): Promise<readonly Finding[]> {
  const answer = await askJson('/findings', { run }, signal);
  return answer.findings.map(({ rule, title, says, places }) => ({
    rule,
    title,
    description: says,
    occurrences: places,
  }));
}
