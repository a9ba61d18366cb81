/** GET requests to the backend; addresses are relative, so that any path prefix works. */
import type { Parameters } from './parameters';
import { recorded, recordedOn } from './recorded';
import { readSafetensors, type Tensors } from './safetensors';

/** What went wrong, in the server's own words where it had any. */
export class RequestError extends Error {
  override name = 'RequestError';

  constructor(
    message: string,
    /** HTTP status; 0 if there was no answer at all. */
    readonly status: number,
  ) {
    super(message);
  }
}

export async function getJson<T>(
  route: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<T> {
  const response = await get(route, parameters, 'application/json', signal);
  return (await response.json()) as T;
}

export async function getTensors(
  route: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<{ answer: unknown; file: Tensors }> {
  const response = await get(route, parameters, 'application/vnd.safetensors', signal);
  const file = readSafetensors(await response.arrayBuffer());
  return { answer: JSON.parse(file.metadata['answer'] ?? '{}') as unknown, file };
}

async function get(
  route: string,
  parameters: Parameters,
  accept: string,
  signal?: AbortSignal,
): Promise<Response> {
  if (recordedOn !== null) {
    const answer = await recorded(route, parameters);
    if (!answer.ok) throw new RequestError(await reason(answer), answer.status);
    return answer;
  }
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([key, value]) =>
      (typeof value === 'object' ? value : [value]).map((each) => [key, String(each)]),
    ),
  );
  const url = query.size > 0 ? `${route}?${query.toString()}` : route;
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError('TensorBoard does not answer. Is it still running?', 0);
  }
  if (!response.ok) throw new RequestError(await reason(response), response.status);
  return response;
}

async function reason(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'error' in answer) {
      return String(answer.error);
    }
  } catch {
    // Not ours: an error page of TensorBoard or of a proxy in front of it.
  }
  return `The server answered ${response.status} ${response.statusText}`.trim();
}
