import { askJson } from '../../wire/answers';
import type { FilterIndex, LayerIndex, Step } from '../../wire/units';

/** Where a rule holds. */
export interface Occurrence {
  /** Null if it is about validations. */
  readonly layer: LayerIndex | null;
  /** Null if it is about the whole layer. */
  readonly filter: FilterIndex | null;
  /** The images that the validations are of; null if it is about a layer. */
  readonly imageSet: string | null;
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

const describe = ({ rule, title, says }: { rule: string; title: string; says: string }) => ({
  rule,
  title,
  description: says,
});

export async function findings(run: string, signal?: AbortSignal): Promise<readonly Finding[]> {
  const answer = await askJson('/findings', { run }, signal);
  return [
    ...answer.findings.map(({ places, ...rule }) => ({
      ...describe(rule),
      occurrences: places.map((place) => ({ ...place, imageSet: null })),
    })),
    ...answer.validation_findings.map(({ places, ...rule }) => ({
      ...describe(rule),
      occurrences: places.map(({ image_set: imageSet, step, until, images }) => ({
        layer: null,
        filter: null,
        imageSet,
        step,
        until,
        value: images,
        unknown: false,
      })),
    })),
  ];
}
