/** The images of a set with what became of them, as far as they are on screen. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf } from '../../shell/screen.svelte';
import { recordedRows } from '../../wire/recorded';
import { imageKind, ImagesState } from '../images/api';
import { VIEW } from './kinds';
import { missing, pagesAround, type Cells, type Span } from './plan';
import { historiesSettings } from './settings';
import * as wire from './wire';

/** The answers to one question so far. */
export interface Listed {
  readonly question: string;
  readonly steps: readonly number[];
  readonly matching: number;
  /** By position in the sorted list; those that were asked for. */
  readonly items: ReadonlyMap<number, wire.Item>;
}

/** Rows that are kept; beyond, those far from the screen are asked for again. */
const KEPT = 4000;
const NONE: ReadonlyMap<number, wire.Item> = new Map();

export class HistoriesState {
  readonly settings;
  readonly sets: Query<readonly wire.ImageSetCounts[]>;
  readonly list: Query<Listed>;
  readonly cells: Query<Cells>;
  /** Scores of the image in focus; null if there is none of its id. */
  readonly focused: Query<wire.Item | null>;
  readonly rates: Query<wire.ClassRates>;
  readonly otherRates: Query<wire.ClassRates>;
  /** The rows of the list that are on screen. */
  seen = $state.raw<Span>([0, 40]);
  readonly #run: RunScope;

  readonly question = $derived.by((): wire.Question => {
    const { sort, order, search, confidence, variability } = this.settings;
    const index = this.settings.class;
    const name = index === null ? undefined : this.#run.data?.classes[index]?.name;
    return { sort, order, class: name ?? null, id: search.trim(), confidence, variability };
  });
  /** Whether any image has scores: false only where that is known. */
  readonly hasScores = $derived.by(() => (this.cells.data?.images.length ?? 1) > 0);
  /** The sets that this one's classes can be compared with. */
  readonly others = $derived.by(() =>
    (this.sets.data ?? []).filter(
      ({ name, validations }) => name !== this.#run.imageSet && validations > 0,
    ),
  );
  readonly other = $derived.by(
    () =>
      this.others.find(({ name }) => name === this.settings.other)?.name ??
      this.others[0]?.name ??
      null,
  );

  constructor(run: RunScope) {
    this.#run = run;
    const settings = run.settings(historiesSettings);
    this.settings = settings;
    const screen = screenOf(run);
    const isShown = (...modes: readonly string[]): boolean =>
      screen.view === VIEW && modes.includes(settings.mode);
    this.sets = run.about(wire.imageSets);
    const wanted = $derived<Span>(
      recordedRows === null ? pagesAround(this.seen) : [0, recordedRows],
    );
    const key = $derived(JSON.stringify([run.revision, run.imageSet, this.question]));
    this.list = run.aboutPredictions((about, signal) => this.#more(about, key, wanted, signal), {
      details: () => `${key} ${wanted.join()}`,
      when: () => isShown('table', 'gallery'),
    });
    this.cells = run.aboutPredictions(
      (about, signal) => wire.cartography(about, this.question.class, signal),
      { details: () => this.question.class ?? '', when: () => isShown('table', 'gallery') },
    );
    const images = run.state(ImagesState);
    const idInFocus = $derived.by(() => {
      const { focus } = screen;
      return imageKind.is(focus) ? String(images.idOf(focus.class, focus.image)) : '';
    });
    this.focused = run.aboutPredictions(
      (about, signal) => wire.scoresOf(about, idInFocus, signal),
      { details: () => idInFocus, when: () => idInFocus !== '' },
    );
    this.rates = run.aboutPredictions(wire.classRates, { when: () => isShown('gap') });
    this.otherRates = run.about(
      (_, signal) => wire.classRates(run.predictions(this.other ?? undefined), signal),
      { details: () => this.other ?? '', when: () => isShown('gap') && this.other !== null },
    );
  }

  /** The items of this question that are known, with those of a span. */
  async #more(
    about: Parameters<typeof wire.imageScores>[0],
    question: string,
    span: Span,
    signal: AbortSignal,
  ): Promise<Listed> {
    const before = this.list.data?.question === question ? this.list.data : null;
    const items = before?.items ?? NONE;
    if (before && recordedRows !== null) return before;
    const asked = missing(span, (row) => items.has(row), before?.matching ?? null);
    if (before && !asked) return before;
    const answer = await wire.imageScores(about, this.question, asked ?? span, signal);
    const first = (asked ?? span)[0];
    const kept =
      items.size > KEPT
        ? [...items].filter(([row]) => row >= span[0] - KEPT / 2 && row < span[1] + KEPT / 2)
        : items;
    return {
      question,
      steps: answer.steps,
      matching: Math.min(answer.matching, recordedRows ?? Infinity),
      // Made anew with each answer, and never changed.
      // eslint-disable-next-line svelte/prefer-svelte-reactivity
      items: new Map([...kept, ...answer.items.map((item, i) => [first + i, item] as const)]),
    };
  }

  /** Sorts by a score; again, the other way round. */
  sortBy(sort: wire.Question['sort']): void {
    const { settings } = this;
    const isSame = settings.sort === sort;
    settings.order = isSame && settings.order === 'down' ? 'up' : 'down';
    settings.sort = sort;
  }

  brush(
    confidence: readonly [number, number] | null,
    variability: readonly [number, number] | null,
  ): void {
    this.settings.confidence = confidence;
    this.settings.variability = variability;
  }
}
