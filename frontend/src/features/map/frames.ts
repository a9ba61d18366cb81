/** Frames that were asked for, so that playing and going back ask for none twice. */
import type { About } from '../../run/wire';
import type { Step } from '../../wire/units';
import * as wire from './wire';

/** 10,000 images are some 350 kB a frame. */
const KEPT = 64;

export class Frames {
  #about = '';
  #logged: readonly Step[] = [];
  readonly #known = new Map<Step, Promise<wire.Frame>>();

  /** The frame at an iteration; the signal of one who asks does not stop it for others. */
  get(about: About, step: Step): Promise<wire.Frame> {
    const subject = JSON.stringify(about);
    if (subject !== this.#about) this.#known.clear();
    this.#about = subject;
    const found = this.#known.get(step) ?? wire.frame(about, step);
    this.#known.delete(step);
    this.#known.set(step, found);
    found.catch(() => this.#known.delete(step));
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
    return found;
  }

  /** Frames of a log that was not only continued are made anew. */
  follow(logged: readonly Step[]): void {
    if (this.#logged.some((step, i) => logged[i] !== step)) this.#known.clear();
    this.#logged = logged;
  }
}
