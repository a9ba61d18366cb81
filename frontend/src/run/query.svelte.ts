import { untrack } from 'svelte';

import { RequestError } from '../wire/http';

export interface Question<T> {
  /** What the answer is about: an old answer about something else is dropped. */
  readonly subject: string;
  /** All else that the answer depends on, but the growth of the run. */
  readonly details?: string;
  /** Milliseconds to wait for a newer question, e.g. while a slider moves. */
  readonly delay?: number;
  /** Null: there is nothing to ask now, and what is there stays. */
  readonly ask: ((signal: AbortSignal) => Promise<T>) | null;
}

/**
 * One answer of the server with all it can be: absent, loading, there, being
 * refreshed (the old answer stays), failed.
 */
export class Query<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<string | null>(null);
  pending = $state(false);

  #question: Question<T> = { subject: '', ask: null };
  #request: AbortController | null = null;
  #again = false;

  /**
   * Asks a question in the place of any other that is under way.
   *
   * The same question once more, because the run has grown, waits for the answer
   * that is under way: else a run that grows faster than it answers would never
   * be seen.
   */
  async load(question: Question<T>): Promise<void> {
    const { subject, details } = this.#question;
    const isSame = subject === question.subject && details === question.details;
    if (this.#request && isSame && question.ask) {
      this.#question = question;
      this.#again = true;
      return;
    }
    if (subject !== question.subject) {
      this.#abort();
      this.data = null;
      this.error = null;
    }
    if (!question.ask) {
      // What waits to be asked is no longer wanted, and may be about what is gone.
      this.#abort();
      this.#question = { ...this.#question, subject: question.subject };
      return;
    }
    this.#abort();
    this.#question = question;
    await this.#send(question.ask, isSame ? 0 : (question.delay ?? 0));
  }

  /** Gives up what is under way: nobody is there to see the answer. */
  end(): void {
    this.#abort();
    this.#question = { ...this.#question, ask: null };
  }

  #abort(): void {
    this.#request?.abort();
    this.#request = null;
    this.#again = false;
    this.pending = false;
  }

  async #send(ask: (signal: AbortSignal) => Promise<T>, delay: number): Promise<void> {
    const request = new AbortController();
    const isStale = (): boolean => request.signal.aborted;
    this.#request = request;
    this.#again = false;
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
    }
    this.#request = null;
    this.pending = false;
    if (this.#again && this.#question.ask) await this.#send(this.#question.ask, 0);
  }
}

/**
 * A query that asks again whenever anything changes that `question` reads. To be
 * called while a component is being set up, whose life it shares.
 */
export function follow<T>(question: () => Question<T>): Query<T> {
  const query = new Query<T>();
  $effect(() => {
    const asked = question();
    untrack(() => void query.load(asked));
  });
  // What has waited to be asked would read what is gone with the component.
  $effect(() => () => {
    query.end();
  });
  return query;
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
