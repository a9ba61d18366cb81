import { describe, expect, test } from 'vitest';

import { RequestError } from '../wire/http';
import { Query } from './query.svelte';

/** A server whose answers come when the test says so. */
class Server {
  readonly asked: { answer: (text: string) => void; fail: (why: string) => void }[] = [];
  readonly signals: AbortSignal[] = [];
  ask = (signal: AbortSignal): Promise<string> => {
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.asked.push({
        answer: resolve,
        fail: (why) => {
          reject(new RequestError(why, 500));
        },
      });
    });
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('a query', () => {
  test('keeps the old answer while it is refreshed', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    expect(query.data).toBe('first');
    expect(query.pending).toBe(false);
    void query.load({ subject: 'run', ask: server.ask });
    expect(query.data).toBe('first');
    expect(query.pending).toBe(true);
    server.asked[1]?.answer('second');
    await settle();
    expect(query.data).toBe('second');
  });

  test('drops the old answer when it is about something else', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    void query.load({ subject: 'other run', ask: server.ask });
    expect(query.data).toBeNull();
  });

  test('is not starved by a run that grows faster than it answers', async () => {
    const { query, server } = begin();
    for (let growth = 0; growth < 5; growth++) {
      void query.load({ subject: 'run', ask: server.ask });
    }
    expect(server.asked).toHaveLength(1);
    server.asked[0]?.answer('first');
    await settle();
    expect(query.data).toBe('first');
    // All the growth since then is one more question.
    expect(server.asked).toHaveLength(2);
    server.asked[1]?.answer('second');
    await settle();
    expect(query.data).toBe('second');
    expect(server.asked).toHaveLength(2);
  });

  test('lets a newer question overtake an older one', async () => {
    const { query, server } = begin();
    void query.load({ subject: 'run', details: 'k = 5', ask: server.ask });
    expect(server.signals[0]?.aborted).toBe(true);
    server.asked[1]?.answer('new');
    server.asked[0]?.answer('old');
    await settle();
    expect(query.data).toBe('new');
  });

  test('keeps its answer while there is nothing to ask, unless the run is another', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    void query.load({ subject: 'run', ask: null });
    expect(query.data).toBe('first');
    void query.load({ subject: 'other run', ask: null });
    expect(query.data).toBeNull();
    void query.load({ subject: 'other run', ask: server.ask });
    expect(server.asked).toHaveLength(2);
  });

  test('does not ask what is no longer wanted once it has waited', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    void query.load({ subject: 'run', details: 'k = 5', delay: 1, ask: server.ask });
    void query.load({ subject: 'run', ask: null });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.asked).toHaveLength(1);
    expect(query.pending).toBe(false);
    expect(query.data).toBe('first');
  });

  test('does not wait for an answer that it gave up', async () => {
    const { query, server } = begin();
    void query.load({ subject: 'other run', ask: null });
    void query.load({ subject: 'run', ask: server.ask });
    expect(server.asked).toHaveLength(2);
    server.asked[1]?.answer('again');
    await settle();
    expect(query.data).toBe('again');
  });

  test('asks nothing any more once it has ended', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    void query.load({ subject: 'run', details: 'k = 5', delay: 1, ask: server.ask });
    query.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.asked).toHaveLength(1);
    void query.load({ subject: 'run', ask: server.ask });
    void query.load({ subject: 'run', ask: server.ask });
    query.end();
    expect(server.signals[1]?.aborted).toBe(true);
    server.asked[1]?.answer('too late');
    await settle();
    expect(server.asked).toHaveLength(2);
    expect(query.data).toBe('first');
  });

  test('says why it failed, and keeps what it had', async () => {
    const { query, server } = begin();
    server.asked[0]?.answer('first');
    await settle();
    void query.load({ subject: 'run', ask: server.ask });
    server.asked[1]?.fail('unknown run');
    await settle();
    expect(query.error).toBe('unknown run');
    expect(query.data).toBe('first');
  });
});

function begin(): { query: Query<string>; server: Server } {
  const server = new Server();
  const query = new Query<string>();
  void query.load({ subject: 'run', ask: server.ask });
  return { query, server };
}
