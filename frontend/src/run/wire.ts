/** What is there of runs, and of the one that is shown. */
import { askJson, type JsonOf } from '../wire/answers';

export type RunCounts = JsonOf<'/runs'>['runs'][number];
export type Run = Omit<JsonOf<'/run'>, 'edges'> & {
  /** From a layer to one that its data goes to. */
  readonly edges: readonly (readonly [number, number])[];
};
export type Layer = Run['layers'][number];
export type Module = NonNullable<Run['modules']>;
export type ImageClass = Run['classes'][number];

/** Positions of the classes by name. */
export const indexClasses = (classes: readonly ImageClass[]): ReadonlyMap<string, number> =>
  new Map(classes.map(({ name }, i) => [name, i]));

/** What a route about predictions is asked about. */
export interface About {
  readonly run: string;
  /** Absent for the default, `validation`. */
  readonly image_set?: string;
}

export async function runs(signal?: AbortSignal): Promise<readonly RunCounts[]> {
  return (await askJson('/runs', {}, signal)).runs;
}

export async function run(about: About, signal?: AbortSignal): Promise<Run> {
  return (await askJson('/run', about, signal)) as Run;
}
