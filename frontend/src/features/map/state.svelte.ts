/** The map at the crosshair: its frames, and what a person sees in them. */
import { untrack } from 'svelte';

import { nearest } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import type { About } from '../../run/wire';
import { screenOf, type Screen } from '../../shell/screen.svelte';
import type { Step } from '../../wire/units';
import { ImagesState, imageKind } from '../images/api';
import { ValidationState } from '../validation/api';
import { changesOf, ClassColors, sameRows } from './colors';
import { Frames } from './frames';
import { VIEW } from './kinds';
import { noted, secondsUntil, type Making, type Noted } from './making';
import { around, united, type Window } from './place';
import { mapSettings } from './settings';
import { about as aboutSelection, filtered, strengthsOf } from './shown';
import * as wire from './wire';

/** Cells along each side of the background. */
const CELLS = 96;
/** How often it is asked which frames are ready, while some are not: milliseconds, at most, at least. */
const AGAIN = 600;
const SOON = 100;
/** Frames that trails are drawn through, at most. */
const TRAIL = 32;

export class MapState {
  readonly #run: RunScope;
  readonly #frames = new Frames();
  readonly screen: Screen;
  readonly settings;
  readonly quality: Query<wire.Quality>;
  readonly frame: Query<wire.Frame>;
  /** The one before, which tells what happened. */
  readonly #before: Query<wire.Frame | null>;
  readonly #background: Query<wire.Background>;
  readonly #neighbours: Query<wire.Neighbours>;
  readonly #trail: Query<readonly wire.Frame[]>;
  playing = $state(false);
  #asked = $state(0);
  #retries = false;
  #answers = $state.raw<readonly Noted[]>([]);
  /** The dot of the pointer or of the keyboard; -1 for none. */
  pointed = $state(-1);
  /** All that frames have shown so far: what stays in its place stays there on screen. */
  #whole = $state.raw<Window | null>(null);

  readonly ready = $derived.by(() => this.quality.data?.steps ?? []);
  /** Frames that were logged, ready or not. */
  readonly logged = $derived.by(() => this.quality.data?.logged ?? []);
  /** Why no more are made; null if they are. */
  readonly failure = $derived.by(() => this.quality.data?.failure ?? null);
  /** Position of the frame that is asked for; -1 as long as there is none. */
  readonly #at = $derived.by(() => nearest(this.ready, this.#run.axis.crosshair ?? Infinity));
  readonly step = $derived.by((): Step | null => this.ready[this.#at] ?? null);
  /** What is still being made; null if nothing is. */
  readonly making = $derived.by((): Making | null => {
    const { ready, logged } = this;
    const next = logged[ready.length];
    if (next === undefined || this.failure !== null) return null;
    const at = nearest(logged, this.#run.axis.crosshair ?? Infinity);
    const missing = Math.max(0, at + 1 - ready.length);
    const left = secondsUntil(missing > 0 ? at + 1 : logged.length, this.#answers);
    return { next, wanted: logged[at] ?? next, missing, left };
  });
  readonly #stepBefore = $derived.by((): Step | null => this.ready[this.#at - 1] ?? null);
  readonly window = $derived.by(
    (): Window => this.settings.zoom ?? this.#whole ?? { x: 0, y: 0, half: 1 },
  );
  readonly zoom = $derived.by(() => (this.#whole?.half ?? 1) / this.window.half);

  readonly before = $derived.by((): wire.Frame | null => {
    const [frame, before] = [this.frame.data, this.#before.data];
    return frame && before && before.step < frame.step ? before : null;
  });
  readonly changes = $derived.by(() =>
    this.frame.data ? changesOf(this.frame.data, this.before) : new Uint8Array(),
  );
  /** What filters leave, 1 or 0 each. */
  readonly left = $derived.by(() =>
    this.frame.data
      ? filtered(this.frame.data, this.before, this.changes, this.settings)
      : new Uint8Array(),
  );
  /** What something selected in any view is about. */
  readonly lit = $derived.by(() => {
    const { data } = this.frame;
    return data && aboutSelection(data, this.screen.focus, (i) => this.#classesOfCluster(i));
  });
  readonly strengths = $derived.by(() =>
    this.frame.data
      ? strengthsOf(this.frame.data, this.left, this.lit, this.settings.dim)
      : new Uint8Array(),
  );
  readonly colors = $derived.by(() => new ClassColors(this.screen.theme, this.settings.classes));
  /** Null while it is of another frame. */
  readonly background = $derived.by(() => {
    const { data } = this.#background;
    return data && data.step === this.frame.data?.step ? data : null;
  });
  readonly #dotOfRow = $derived.by(
    // Made anew with each frame, and never changed.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    () => new Map(Array.from(this.frame.data?.rows ?? [], (row, dot) => [row, dot])),
  );
  /** The dot of the image in focus; -1 if there is none. */
  readonly focused = $derived.by((): number => {
    const { focus } = this.screen;
    if (!imageKind.is(focus)) return -1;
    return this.dotOf(this.#run.state(ImagesState).rowOf(focus.class, focus.image));
  });
  /** The nearest images of the one in focus; null while they are of another one. */
  readonly neighbours = $derived.by(() => {
    const [{ data }, frame] = [this.#neighbours, this.frame.data];
    const isOfFocus = data && data.id === frame?.ids[this.focused] && data.step === frame.step;
    return isOfFocus ? data : null;
  });
  readonly picked = $derived.by(() =>
    this.#run
      .state(ImagesState)
      .picked.map((row) => this.dotOf(row))
      .filter((dot) => dot >= 0),
  );
  readonly trail = $derived.by(() => (this.settings.trails ? (this.#trail.data ?? []) : []));
  /** How true the frame on screen is; NaN where it is not known. */
  readonly truth = $derived.by(() => {
    const { data } = this.quality;
    const at = data?.steps.indexOf(this.frame.data?.step ?? NaN) ?? -1;
    return {
      neighbours: data?.neighbours[at] ?? NaN,
      predictions: data?.predictions[at] ?? NaN,
    };
  });

  constructor(run: RunScope) {
    this.#run = run;
    this.screen = screenOf(run);
    this.settings = run.settings(mapSettings);
    const isShown = (): boolean => this.screen.shows(VIEW);
    this.quality = this.#ask(
      async (about, signal) => {
        const retry = this.#retries;
        this.#retries = false;
        const answer = await wire.quality(about, retry, signal);
        this.#frames.follow(answer.logged);
        const now = { at: performance.now(), ready: answer.steps.length };
        this.#answers = noted(this.#answers, now);
        return answer;
      },
      () => '',
      isShown,
      () => this.#asked,
    );
    this.frame = this.#ask(
      (about) => this.#frames.get(about, this.step ?? 0),
      () => String(this.step),
      () => isShown() && this.step !== null,
    );
    const hasFrame = $derived(isShown() && this.frame.data !== null);
    this.#before = this.#ask(
      (about) => (this.#stepBefore === null ? null : this.#frames.get(about, this.#stepBefore)),
      () => String(this.#stepBefore),
      () => hasFrame,
    );
    const shown = $derived(this.frame.data?.step ?? null);
    // Without scores nothing is known between the dots.
    const hasScores = $derived(
      this.frame.data?.margin.some((each) => !Number.isNaN(each)) ?? false,
    );
    // What is only passed by on the way to the crosshair's frame would keep that one waiting.
    const isPassedBy = $derived((this.making?.missing ?? 0) > 1);
    this.#background = this.#ask(
      (about, signal) => wire.background(about, shown ?? 0, CELLS, signal),
      () => String(shown),
      () => hasFrame && hasScores && !isPassedBy && this.settings.background,
    );
    const id = $derived(this.frame.data?.ids[this.focused]);
    this.#neighbours = this.#ask(
      (about, signal) => wire.neighbours(about, shown ?? 0, id ?? '', signal),
      () => `${String(shown)} ${String(id)}`,
      () => hasFrame && id !== undefined && !this.playing,
    );
    const along = $derived(this.#alongTrail());
    this.#trail = this.#ask(
      (about) => Promise.all(along.map((step) => this.#frames.get(about, step))),
      () => along.join(),
      () => hasFrame && this.settings.trails,
    );
    this.#followMaking(isShown);
    this.#followFrames();
    this.#play(isShown);
  }

  #ask<T>(
    ask: (about: About, signal: AbortSignal) => Promise<T> | T,
    details: () => string,
    when: () => boolean,
    again?: () => unknown,
  ): Query<T> {
    const run = this.#run;
    return run.about(async (_, signal) => ask(run.predictions(), signal), {
      details: () => `${run.imageSet} ${details()}`,
      when,
      ...(again && { again }),
    });
  }

  #followMaking(isShown: () => boolean): void {
    $effect(() => {
      const { pending, error } = this.quality;
      const { making } = this;
      if (!isShown() || pending || error !== null || making === null) return;
      // When the crosshair's frame should be there.
      const soon = making.left > 0 ? Math.max(SOON, 1000 * making.left) : AGAIN;
      const timer = setTimeout(() => this.#asked++, Math.min(AGAIN, soon));
      return () => clearTimeout(timer);
    });
  }

  #followFrames(): void {
    let last: wire.Frame | null = null;
    $effect(() => {
      const { data } = this.frame;
      if (!data) return;
      const place = around(data.x, data.y);
      const isOther = last !== null && !sameRows(last, data);
      last = data;
      untrack(() => {
        this.#whole = isOther ? place : united(this.#whole, place);
      });
    });
  }

  #play(isShown: () => boolean): void {
    $effect(() => {
      if (!this.playing) return;
      const next = this.ready[this.#at + 1];
      if (!isShown() || next === undefined) {
        this.playing = false;
        return;
      }
      // Those that were asked for are waited for.
      if (this.frame.data?.step !== this.step) return;
      void this.#frames.get(this.#run.predictions(), next).catch(() => null);
      const timer = setTimeout(
        () => {
          this.#run.axis.hovered = null;
          this.#run.axis.settings.step = next;
        },
        1000 / Number(this.settings.speed),
      );
      return () => clearTimeout(timer);
    });
  }

  /** Has the frame made once more that could not be. */
  retry(): void {
    this.#retries = true;
    this.#asked++;
  }

  /** Plays from the crosshair on, from the first frame if it is at the last; or stops. */
  togglePlaying(): void {
    if (!this.playing && this.#at === this.ready.length - 1) {
      this.#run.axis.hovered = null;
      this.#run.axis.settings.step = this.ready[0] ?? null;
    }
    this.playing = !this.playing && this.ready.length > 1;
  }

  dotOf(row: number): number {
    return this.#dotOfRow.get(row) ?? -1;
  }

  /** Points at a dot, and so at its image in all views; -1 at none. */
  point(dot: number): void {
    if (dot === this.pointed) return;
    this.pointed = dot;
    this.screen.hovered = dot < 0 ? null : this.#imageOf(dot);
  }

  /** Selects a dot's image; -1 selects nothing. */
  select(dot: number): void {
    this.screen.selected = dot < 0 ? null : this.#imageOf(dot);
  }

  /** Selects the images of some dots for all views. */
  pick(dots: readonly number[]): void {
    const rows = dots.map((dot) => this.frame.data?.rows[dot] ?? -1);
    this.#run.state(ImagesState).pick(rows);
    this.screen.selected = rows.length > 0 ? { kind: 'picked' } : null;
  }

  #imageOf(dot: number): { kind: string; class: number; image: number } {
    const row = this.frame.data?.rows[dot] ?? 0;
    return { kind: 'image', ...this.#run.state(ImagesState).imageAt(row) };
  }

  #classesOfCluster(cluster: number): readonly number[] {
    const { grouped } = this.#run.state(ValidationState);
    const names = grouped?.clusters[cluster]?.classes ?? [];
    return names.map((name) => this.#run.classByName.get(name) ?? -1);
  }

  /** The iterations of a trail: of those on screen up to the crosshair, evenly. */
  #alongTrail(): readonly Step[] {
    const [from, to] = this.#run.axis.visible ?? [-Infinity, Infinity];
    const steps = this.ready.filter((step) => step >= from && step <= to);
    const every = Math.ceil(steps.length / TRAIL);
    return steps.filter((_, i) => (steps.length - 1 - i) % every === 0);
  }
}
