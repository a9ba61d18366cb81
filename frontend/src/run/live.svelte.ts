/** Whether a run grows while somebody looks at it. */

/** A run that has not grown for this long is not called live any more, in milliseconds. */
const LIVE_FOR = 30_000;

/** To be made while a component is set up, whose life it shares. */
export class Live {
  #now = $state(Date.now());
  readonly #grewAt: () => number | null;
  readonly now = $derived.by(() => {
    const grewAt = this.#grewAt();
    return grewAt !== null && this.#now - grewAt < LIVE_FOR;
  });

  /** @param grewAt when the run was last seen to grow, in milliseconds since the epoch */
  constructor(grewAt: () => number | null) {
    this.#grewAt = grewAt;
    $effect(() => {
      const timer = setInterval(() => (this.#now = Date.now()), 1000);
      return () => {
        clearInterval(timer);
      };
    });
  }
}
