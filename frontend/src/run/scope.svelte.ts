/** What is loaded of one run: made when the run is chosen, dropped when another one is. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';

import { Axis, type Plot } from '../axis/axis.svelte';
import { axisSettings } from '../axis/settings';
import type { Declaration, ValuesOf } from '../settings/setting';
import type { Settings } from '../settings/store.svelte';
import type { ClassIndex, LayerIndex } from '../wire/units';
import { follow, type Query } from './query.svelte';
import type { Runs } from './runs.svelte';
import { DEFAULT_IMAGE_SET, runSettings } from './settings';
import { indexClasses, run, type About, type Run, type RunCounts } from './wire';

/** A slider asks when it has rested this long, in milliseconds. */
const SLIDER_DELAY = 30;

/** What a query depends on, beside the run. */
interface Following {
  /** What the answer depends on. */
  readonly details?: () => string;
  /** Whether there is anything to ask now; while there is not, the last answer stays. */
  readonly when?: () => boolean;
  /** Changes when it is to be asked again. */
  readonly again?: () => unknown;
  /** Stands for the growth of the run where not every bit of it matters. */
  readonly growth?: () => unknown;
  /**
   * When it is asked for the first time: not before those of earlier turns are answered that are
   * asked. What is painted first has turn 0. Without a turn, it waits for none, and none for it.
   */
  readonly turn?: number;
  /** How long the details must have rested, in milliseconds. */
  readonly delay?: number;
}

interface Turn {
  readonly turn: number;
  /** Whether others have to wait for its answer. */
  readonly isAwaited: () => boolean;
}

type Ask<A, T> = (about: A, signal: AbortSignal) => Promise<T>;

/** A part of what is loaded of a run: of one feature. */
export type State<T> = new (run: RunScope) => T;

/** To be made while a component is set up, whose life it shares. */
export class RunScope {
  /** TensorBoard's name of the run. */
  readonly name: string;
  readonly #runs: Runs;
  readonly #store: Settings;
  // Nothing on screen depends on which parts there are.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #parts = new Map<unknown, unknown>();
  #isMade = false;
  readonly #queries = new SvelteSet<Query<unknown>>();
  readonly #turns = new SvelteMap<Query<unknown>, Turn>();
  /** Counts how often the user asked to try again. */
  #attempts = $state(0);
  /** When the run was last seen to grow, in milliseconds since the epoch; null if never. */
  grewAt = $state<number | null>(null);

  /** Whether another run was chosen since: what depends on it says nothing any more. */
  isGone = false;

  readonly axis: Axis;
  readonly query: Query<Run>;
  readonly counts = $derived.by((): RunCounts | null => this.#runs.find(this.name));
  readonly #isKnown = $derived.by(() => this.counts !== null);
  /** Changes whenever the run has grown. */
  readonly revision = $derived.by(() => JSON.stringify(this.counts));
  /** Counts are of the usual image set; of others, the run itself says. */
  readonly validations = $derived.by(() =>
    this.imageSet === DEFAULT_IMAGE_SET
      ? (this.counts?.validations ?? 0)
      : (this.data?.steps.validations.length ?? 0),
  );
  readonly hasValidations = $derived.by(() => this.validations > 0);
  /** How many there are in the image set. */
  readonly images = $derived.by(
    () => this.data?.classes.reduce((sum, { images }) => sum + images, 0) ?? 0,
  );
  readonly hasDumps = $derived.by(() => (this.counts?.dumps ?? 0) > 0);
  /** Whether an answer is under way. */
  readonly isLoading = $derived.by(() => [...this.#queries].some(({ pending }) => pending));
  readonly imageSet = $derived.by(() => this.settings(runSettings).imageSet);
  readonly classByName = $derived.by(() => indexClasses(this.data?.classes ?? []));

  /** @param beside the run whose axis it shares: that which is shown */
  constructor(
    name: string,
    runs: Runs,
    store: Settings,
    plot: Plot,
    beside: RunScope | null = null,
  ) {
    this.name = name;
    this.#runs = runs;
    this.#store = store;
    this.query = this.#follow(
      () => this.predictions(),
      () => `${this.name}\n${this.imageSet}`,
      (about, signal) => this.#load(about, signal),
      { again: () => runs.glances },
    );
    this.axis =
      beside?.axis ?? new Axis(store.of(axisSettings), plot, () => this.data?.steps ?? null);
    this.#followGrowth();
    $effect(() => () => {
      this.isGone = true;
    });
  }

  /** What the run consists of; null until it is known. */
  get data(): Run | null {
    return this.query.data;
  }

  /** A model may have more outputs than there are names. */
  className(index: ClassIndex): string {
    return this.data ? (this.data.classes[index]?.name ?? `class ${String(index)}`) : '';
  }

  /** Whether images are labelled as a class: of one beyond the names there is nothing to show. */
  hasClass(index: ClassIndex): boolean {
    return index < (this.data?.classes.length ?? 0);
  }

  layerName(index: LayerIndex): string {
    return this.data?.layers[index]?.name ?? '';
  }

  settings<D extends Declaration>(declaration: D): ValuesOf<D> {
    return this.#store.of(declaration);
  }

  /**
   * Makes parts. Their queries live as long as the component that is being set up, not as
   * those that ask for a part later.
   */
  make(states: readonly State<unknown>[]): void {
    states.forEach((State) => this.state(State));
    this.#isMade = true;
  }

  /** The part of a class: one for all who ask. */
  state<T>(State: State<T>): T {
    if (!this.#parts.has(State)) {
      if (this.#isMade) throw new Error(`${State.name} is among the states of no feature.`);
      this.#parts.set(State, new State(this));
    }
    return this.#parts.get(State) as T;
  }

  /** Sets a part that needs more than the run to be made. */
  give<T>(key: abstract new (...needs: never[]) => T, part: T): T {
    this.#parts.set(key, part);
    return part;
  }

  given<T>(key: abstract new (...needs: never[]) => T): T {
    return this.#parts.get(key) as T;
  }

  /** A query about the run, asked again whenever the run grows or the user tries again. */
  about<T>(ask: Ask<{ run: string }, T>, following: Following = {}): Query<T> {
    return this.#follow(() => ({ run: this.name }), this.name, ask, following);
  }

  /** Likewise about the predictions of its images. */
  aboutPredictions<T>(ask: Ask<About, T>, following: Following = {}): Query<T> {
    const { when } = following;
    return this.#follow(
      () => this.predictions(),
      () => `${this.name}\n${this.imageSet}`,
      ask,
      { ...following, when: () => this.hasValidations && (when?.() ?? true) },
    );
  }

  /** How a route is told which predictions it is about: of the image set that is shown, or another. */
  predictions(imageSet = this.imageSet): About {
    return { run: this.name, ...(imageSet !== DEFAULT_IMAGE_SET && { image_set: imageSet }) };
  }

  /** Changes whenever another run has grown. */
  growthOf(name: string | null): string {
    return JSON.stringify(this.#runs.find(name));
  }

  /** Asks again for all that is on screen. */
  retry(): void {
    this.#attempts++;
  }

  #follow<A, T>(
    about: () => A,
    subject: string | (() => string),
    ask: Ask<A, T>,
    { details, when, again, growth, turn, delay = SLIDER_DELAY }: Following,
  ): Query<T> {
    // What is as it was asks nothing again, however often it is looked at.
    const grown = $derived(again?.());
    const isWanted = $derived(this.#isKnown && (when?.() ?? true));
    const isSettled = (): boolean => query.data !== null || query.error !== null;
    // What is there once is asked for again without a wait.
    const isItsTurn = $derived(turn === undefined || isSettled() || !this.#isBefore(turn));
    const query: Query<T> = follow(() => {
      void [growth ? growth() : this.revision, this.#attempts, grown];
      const asked = about();
      return {
        subject: typeof subject === 'string' ? subject : subject(),
        details: details?.() ?? '',
        delay,
        ask: isWanted && isItsTurn ? (signal: AbortSignal) => ask(asked, signal) : null,
      };
    });
    this.#queries.add(query);
    if (turn !== undefined) {
      this.#turns.set(query, { turn, isAwaited: () => isWanted && !isSettled() });
    }
    return query;
  }

  /** Whether anything of an earlier turn is not answered yet. */
  #isBefore(turn: number): boolean {
    return [...this.#turns.values()].some((each) => each.turn < turn && each.isAwaited());
  }

  async #load(about: About, signal: AbortSignal): Promise<Run> {
    const before = this.data;
    const answer = await run(about, signal);
    // What depends on the run is not computed again for the same answer.
    return before && JSON.stringify(before) === JSON.stringify(answer) ? before : answer;
  }

  /** Tells a run that has grown from one that was only chosen. */
  #followGrowth(): void {
    let noted: string | null = null;
    $effect(() => {
      const { counts, revision } = this;
      if (counts === null || revision === noted) return;
      if (noted !== null) this.grewAt = Date.now();
      noted = revision;
    });
  }
}
