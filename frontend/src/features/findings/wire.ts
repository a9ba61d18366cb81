import { askJson, type JsonOf } from '../../wire/answers';
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
  /** Of all filters or images, those that it is about: 0 to 1. */
  readonly share: number;
  /** By what findings are ordered: how bad it is, and how much of the network. */
  readonly weight: number;
  /** Whether later dumps may take it back. */
  readonly isProvisional: boolean;
  readonly remedy: Remedy;
  readonly occurrences: readonly Occurrence[];
}

/** What is usually done about it. */
export interface Remedy {
  readonly says: string;
  readonly source: string;
  readonly url: string;
}

type Described = Omit<JsonOf<'/findings'>['findings'][number], 'places'>;

const describe = ({ rule, title, says, share, weight, provisional, remedy }: Described) => ({
  rule,
  title,
  description: says,
  share,
  weight,
  isProvisional: provisional,
  remedy,
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
