/** Asks the routes; what they take and answer is typed by their own description (routes.ts). */
import { getJson, getTensors } from './http';
import type { paths } from './routes';
import { float32, int32, int64, uint8, type Tensors } from './safetensors';

/** A path below the plugin's own. */
export type Path = keyof paths;

type Get<P extends Path> = paths[P]['get'];

/** What a route is asked with; the form of the answer follows from who asks. */
export type QueryOf<P extends Path> =
  Get<P> extends { parameters: { query: infer Q } }
    ? Omit<Q, 'format'>
    : Readonly<Record<string, never>>;

type Content<P extends Path, Type extends string> =
  Get<P> extends { responses: { 200: { content: infer C } } }
    ? C extends Readonly<Record<Type, infer Answer>>
      ? Answer
      : never
    : never;

export type JsonOf<P extends Path> = Content<P, 'application/json'>;
/** Arrays by name, and what stands beside them. */
export type ArraysOf<P extends Path> = Content<P, 'application/vnd.safetensors'>;

export async function askJson<P extends Path>(
  path: P,
  query: QueryOf<P>,
  signal?: AbortSignal,
): Promise<JsonOf<P>> {
  return getJson<JsonOf<P>>(path.slice(1), { ...query }, signal);
}

export async function askArrays<P extends Path>(
  path: P,
  query: QueryOf<P>,
  signal?: AbortSignal,
): Promise<ArraysOf<P>> {
  const { answer, file } = await getTensors(path.slice(1), { ...query }, signal);
  return { ...(answer as object), ...read(file) } as ArraysOf<P>;
}

const READERS: Readonly<Record<string, (file: Tensors, name: string) => unknown>> = {
  U8: uint8,
  I32: int32,
  I64: int64,
  F32: float32,
};

function read(file: Tensors): Record<string, unknown> {
  const arrays: Record<string, unknown> = {};
  for (const [name, { dtype }] of file.tensors) arrays[name] = READERS[dtype]?.(file, name);
  return arrays;
}
