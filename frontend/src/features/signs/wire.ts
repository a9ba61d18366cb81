import { askJson, type JsonOf } from '../../wire/answers';

type Answer = JsonOf<'/signs'>;
/** What goes wrong, how sure that is and since when; see docs/http_api.md. */
export type Sign = Answer['signs'][number];
/** A sign of the same cause. */
export type Evidence = Sign['evidence'][number];
/** What is looked for. */
export type SignKind = Answer['kinds'][number];

export interface Signs {
  /** The most severe first. */
  readonly signs: readonly Sign[];
  readonly kinds: ReadonlyMap<string, SignKind>;
}

export async function signs(run: string, signal?: AbortSignal): Promise<Signs> {
  const answer = await askJson('/signs', { run }, signal);
  return {
    signs: answer.signs,
    kinds: new Map(answer.kinds.map((kind) => [kind.kind, kind])),
  };
}

/** From here on a sign is an alarm. */
export const ALARM = 0.5;
