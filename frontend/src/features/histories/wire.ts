import type { About } from '../../run/wire';
import { askArrays, askJson, type JsonOf, type QueryOf } from '../../wire/answers';
import type { ClassIndex, Step } from '../../wire/units';
import type { Cells, Sort, Span } from './plan';

export type ImageSetCounts = JsonOf<'/image_sets'>['image_sets'][number];

/** What images a question is about, in which order. */
export interface Question {
  readonly sort: Sort;
  readonly order: 'up' | 'down';
  readonly class: string | null;
  readonly id: string;
  readonly confidence: readonly [number, number] | null;
  readonly variability: readonly [number, number] | null;
}

/** What became of an image. */
export interface Item {
  readonly id: string | number;
  /** Position in the image set. */
  readonly row: number;
  readonly label: ClassIndex;
  /** Iterations; null for never. */
  readonly learnedAt: Step | null;
  readonly settledAt: Step | null;
  readonly observed: number;
  readonly right: number;
  readonly flips: number;
  readonly forgotten: number;
  /** NaN without scores. */
  readonly margin: number;
  readonly confidence: number;
  readonly variability: number;
  readonly suspicion: number;
  /** -1 without scores. */
  readonly second: ClassIndex;
  /** Int32[validations], -1 where it was not evaluated. */
  readonly predicted: Int32Array;
}

export interface Items {
  readonly steps: readonly Step[];
  /** How many images the question is about. */
  readonly matching: number;
  readonly items: readonly Item[];
}

export async function imageSets(
  about: { run: string },
  signal?: AbortSignal,
): Promise<readonly ImageSetCounts[]> {
  return (await askJson('/image_sets', about, signal)).image_sets;
}

export async function imageScores(
  about: About,
  question: Question,
  [first, end]: Span,
  signal?: AbortSignal,
): Promise<Items> {
  const { sort, order, id, confidence, variability } = question;
  const query: QueryOf<'/image_scores'> = {
    ...about,
    sort,
    order,
    rows: `${first}:${end}`,
    history: 'yes',
    ...(question.class !== null && { class: question.class }),
    ...(id !== '' && { find: id }),
    ...(confidence && { confidence: confidence.join(':') }),
    ...(variability && { variability: variability.join(':') }),
  };
  const answer = await askArrays('/image_scores', query, signal);
  const { steps, predicted = new Int32Array() } = answer;
  const n = steps.length;
  const stepAt = (i: number): Step | null => (i < 0 ? null : (steps[i] ?? null));
  const items = answer.ids.map((each, i) => ({
    id: each,
    row: answer.row[i] ?? -1,
    label: answer.label[i] ?? -1,
    learnedAt: stepAt(answer.learned_at[i] ?? -1),
    settledAt: stepAt(answer.settled_at[i] ?? -1),
    observed: answer.observed[i] ?? 0,
    right: answer.right[i] ?? 0,
    flips: answer.flips[i] ?? 0,
    forgotten: answer.forgotten[i] ?? 0,
    margin: answer.margin[i] ?? NaN,
    confidence: answer.confidence[i] ?? NaN,
    variability: answer.variability[i] ?? NaN,
    suspicion: answer.suspicion[i] ?? NaN,
    second: answer.second[i] ?? -1,
    predicted: predicted.subarray(i * n, (i + 1) * n),
  }));
  return { steps, matching: answer.matching, items };
}

/** Those of one image, without its history. */
export async function scoresOf(
  about: About,
  id: string,
  signal?: AbortSignal,
): Promise<Item | null> {
  const question: Question = {
    sort: 'log',
    order: 'up',
    class: null,
    id,
    confidence: null,
    variability: null,
  };
  return (await imageScores(about, question, [0, 1], signal)).items[0] ?? null;
}

export const cartography = (
  about: About,
  className: string | null,
  signal?: AbortSignal,
): Promise<Cells> =>
  askArrays('/cartography', { ...about, ...(className !== null && { class: className }) }, signal);

/** Error rates of the classes of an image set, by name; those of one set for the gap to another. */
export interface ClassRates {
  readonly steps: readonly Step[];
  readonly classes: ReadonlyMap<string, Float32Array>;
}

export async function classRates(about: About, signal?: AbortSignal): Promise<ClassRates> {
  const [run, rates] = await Promise.all([
    askJson('/run', about, signal),
    askArrays('/error_rates', about, signal),
  ]);
  const n = rates.steps.length;
  return {
    steps: rates.steps,
    classes: new Map(
      run.classes.map(({ name }, i) => [name, rates.classes.subarray(i * n, (i + 1) * n)]),
    ),
  };
}
