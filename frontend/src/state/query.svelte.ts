import { RequestError } from '../wire/http';

/**
 * One answer of the server with all it can be: absent, loading, there, being
 * refreshed (the old answer stays), failed.
 */
export class Query<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<string | null>(null);
  pending = $state(false);

  #key: string | null = null;
  #request: AbortController | null = null;

  /**
   * Asks for a new answer in the place of any that is under way.
   *
   * @param key what the answer is about: an old answer about something else is dropped
   * @param delay milliseconds to wait for a newer question, e.g. while a slider moves
   */
  async load(key: string, ask: (signal: AbortSignal) => Promise<T>, delay = 0): Promise<void> {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    const isStale = (): boolean => request.signal.aborted;
    if (key !== this.#key) {
      this.#key = key;
      this.data = null;
      this.error = null;
    }
    this.pending = true;
    try {
      if (delay > 0 && this.data !== null) await sleep(delay);
      if (isStale()) return;
      const data = await ask(request.signal);
      if (isStale()) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (isStale()) return;
      // Anything else is a fault of this program and belongs into the console.
      if (!(error instanceof RequestError)) console.error(error);
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      if (this.#request === request) this.pending = false;
    }
  }

  clear(): void {
    this.#request?.abort();
    this.#key = null;
    this.data = null;
    this.error = null;
    this.pending = false;
  }
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
