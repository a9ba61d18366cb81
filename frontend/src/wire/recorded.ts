/**
 * Answers that a page brings along: `deeptracker export --site` has recorded them, and there is no
 * server. Scripts bring them, for a page that is a file may fetch nothing.
 */
import type { Parameters } from './parameters';

/** What page.js of such a page says; the answers themselves are in data/*.js. */
interface Page {
  /** The day on which it was written. */
  readonly made: string;
  /** How many rows of a list of images it has. */
  readonly rows: number;
  /** Parameters that do not matter, by route: all of an answer is there. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /** File, position in it and HTTP status, by question. */
  readonly answers: Readonly<Record<string, readonly [number, number, number]>>;
  /** The file of a picture, by question. */
  readonly images: Readonly<Record<string, string>>;
  /** What the files call: base64 of gzip. */
  take?: (file: number, answers: readonly string[]) => void;
}

export const NOT_HERE =
  'This is not part of this page. To see it, open the run with TensorBoard, or in a notebook.';

const page = (globalThis as { readonly deeptrackerPage?: Page }).deeptrackerPage ?? null;

/** Null if a server answers. */
export const recordedOn = page?.made ?? null;
export const recordedRows = page?.rows ?? null;

/** A question as text, the same however its parameters are ordered (`pages/recording.py`). */
export function question(
  route: string,
  parameters: Parameters,
  without: readonly string[],
): string {
  const pairs = Object.entries(parameters)
    .filter(([name]) => !without.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) =>
      (typeof value === 'object' ? value : [value]).map((each) => [name, String(each)]),
    );
  return JSON.stringify([route, ...pairs]);
}

/** The address of a picture; null if it is not part of the page. */
export const recordedImage = (parameters: Parameters): string | null =>
  page?.images[question('image', parameters, [])] ?? null;

/** The answer, or that there is none. */
export async function recorded(route: string, parameters: Parameters): Promise<Response> {
  const place = page?.answers[question(route, parameters, page.parts[route] ?? [])];
  if (!page || !place) return Response.json({ error: NOT_HERE }, { status: 404 });
  const [file, at, status] = place;
  const answers = await (files.get(file) ?? load(page, file));
  const zipped = new Blob([bytes(answers[at] ?? '')]).stream();
  return new Response(zipped.pipeThrough(new DecompressionStream('gzip')), { status });
}

type Answers = readonly string[];

const files = new Map<number, Promise<Answers>>();
const waiting = new Map<number, (answers: Answers) => void>();

function load(from: Page, file: number): Promise<Answers> {
  from.take = (number, answers) => waiting.get(number)?.(answers);
  const loaded = new Promise<Answers>((resolve, reject) => {
    waiting.set(file, resolve);
    const script = document.createElement('script');
    script.src = `data/${String(file)}.js`;
    script.onload = () => {
      script.remove();
    };
    script.onerror = () => {
      files.delete(file);
      script.remove();
      reject(new Error(`data/${String(file)}.js of this page is missing.`));
    };
    document.head.append(script);
  });
  files.set(file, loaded);
  return loaded;
}

const bytes = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
