/** What the shown run is compared with, and what is known of both. */
import { nearest } from '../../axis/scale';
import { formatStep } from '../../charts/format';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { distinct, isolated } from '../../run/names';
import { indexClasses } from '../../run/wire';
import { colorBeside } from '../../shell/marks';
import { screenOf, type Screen } from '../../shell/screen.svelte';
import type { ClassIndex, Step } from '../../wire/units';
import { results, type Results } from '../images/api';
import { aheadPalette, difference, domainOf, type Rates } from './ahead';
import { BESIDE, VIEW } from './kinds';
import { among, firstPlaces } from './place';
import { sortedRows, type ClassRow } from './rows';
import { compareSettings, type CommonAxis, type Mode } from './settings';
import * as wire from './wire';

/** Of which run they are. */
type OtherResults = Results & { readonly name: string };

export type Row = ClassRow<wire.ClassPair>;

export class CompareState {
  readonly #run: RunScope;
  readonly screen: Screen;
  readonly settings;
  /** Of two runs, the other one; null if none is chosen. */
  readonly other = $derived.by((): string | null => {
    const { compared } = this.screen;
    const { other } = this.settings;
    return other !== null && compared.includes(other) ? other : (compared[0] ?? null);
  });
  /** Another seed of the shown run, if one was named. */
  readonly seed = $derived.by((): string | null => {
    const { seed } = this.settings;
    return seed !== null && seed !== this.other && this.screen.compared.includes(seed)
      ? seed
      : null;
  });
  readonly #over: Query<wire.OverTime>;
  readonly query: Query<wire.Pair>;
  readonly #seeds: Query<wire.Pair>;
  readonly #shared: Query<wire.SharedNeighbours>;
  /** Frames of the two maps on screen. */
  mapSteps = $state.raw<readonly [Step, Step] | null>(null);
  /** What became of the other run's images. */
  readonly #results: Query<OtherResults>;

  /** Null while it is of other runs. */
  readonly over = $derived.by(() => this.#of(this.#over, this.other));
  /** Null while it is of other runs. */
  readonly pair = $derived.by(() => this.#of(this.query, this.other));
  /** The shown run and another seed of it. */
  readonly seeds = $derived.by(() => this.#of(this.#seeds, this.seed));
  /** Null while they are of another run. */
  readonly otherResults = $derived.by((): Results | null => {
    const { data } = this.#results;
    return data?.name === this.other ? data : null;
  });
  /** How many neighbours images share in the two maps; null while it is of other ones. */
  readonly shared = $derived.by(() => {
    const found = this.#of(this.#shared, this.other);
    return JSON.stringify(found?.steps) === JSON.stringify(this.mapSteps) ? found : null;
  });
  /** Of these results, among the shown run's iterations. */
  readonly otherSteps = $derived.by(() => this.among(this.otherResults?.steps ?? []));
  /** The images that are listed. */
  readonly flipped = $derived.by((): readonly wire.Flipped[] => {
    const { pair } = this;
    return (this.settings.flips === 'lost' ? pair?.lostImages : pair?.wonImages) ?? [];
  });
  readonly error = $derived.by(() => this.query.error ?? this.#over.error);
  /** What both can be put on, of which iterations are always known. */
  readonly axis = $derived.by((): CommonAxis => {
    const known: readonly string[] = this.query.data?.axes ?? [];
    return known.includes(this.settings.axis) ? this.settings.axis : 'iterations';
  });
  /** Where the places of the common axis are, among the shown run's iterations. */
  readonly steps = $derived.by((): readonly Step[] => {
    const { over } = this;
    if (!over) return [];
    const own = firstPlaces(over.validations[0] ?? [], over.at);
    return among(own, { steps: over.at, places: over.at });
  });
  readonly #shortNames = $derived.by(() => {
    const names = [this.#run.name, ...this.screen.compared];
    const short = distinct(names);
    // Made anew with the names, and never changed.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    return new Map(names.map((name, i) => [name, isolated(short[i] ?? name)]));
  });
  readonly #classes = $derived.by(() => indexClasses((this.over?.names ?? []).map(named)));
  /** The validations that are compared; null for the last ones. */
  readonly chosenSteps = $derived.by((): readonly [Step, Step] | null => {
    const { step } = this.#run.axis.settings;
    if (step === null) return null;
    const at = nearest(this.steps, step);
    const [own = null, other = null] = this.over?.validations.map((each) => each[at] ?? null) ?? [];
    return own === null || other === null ? null : [own, other];
  });
  readonly rows = $derived.by((): readonly Row[] =>
    sortedRows(this.pair?.classes ?? [], this.#run.classByName, this.settings.sort),
  );
  readonly #differences = $derived.by(
    // Made anew with the rates, and never changed.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    () => new Map(this.over?.names.map((name) => [name, this.#differenceOf(name)])),
  );
  /** The difference with the strongest colour. */
  readonly domain = $derived.by(() => domainOf([...this.#differences.values()]));
  readonly palette = $derived.by(() =>
    aheadPalette(this.color, this.otherColor, this.screen.theme),
  );

  constructor(run: RunScope) {
    this.#run = run;
    this.screen = screenOf(run);
    this.settings = run.settings(compareSettings);
    const isShown = (): boolean => this.isShown;
    this.#over = run.aboutPredictions(
      (about, signal) => wire.overTime({ about, other: this.other ?? '', axis: this.axis }, signal),
      {
        details: () => JSON.stringify([this.other, this.axis]),
        when: () => isShown() && this.other !== null,
        again: () => run.growthOf(this.other),
        turn: 0,
      },
    );
    const isPinned = $derived(run.axis.settings.step !== null);
    this.query = this.#ask(
      0,
      () => this.other,
      () => isShown() && (!isPinned || this.over !== null),
    );
    this.#seeds = this.#ask(1, () => this.seed, isShown);
    this.#shared = run.aboutPredictions(
      (about, signal) =>
        wire.sharedNeighbours(about, this.other ?? '', this.mapSteps ?? [0, 0], signal),
      {
        details: () => JSON.stringify([this.other, this.mapSteps]),
        when: () => this.shows('map') && this.mapSteps !== null,
      },
    );
    this.#results = run.aboutPredictions(
      async (about, signal) => {
        const name = this.other ?? '';
        return { name, ...(await results({ ...about, run: name }, signal)) };
      },
      {
        details: () => this.other ?? '',
        when: () => this.shows('images'),
        again: () => run.growthOf(this.other),
      },
    );
  }

  /** Whether the other run is on screen. */
  get isShown(): boolean {
    return this.screen.view === VIEW || this.isBeside(this.screen.view);
  }

  /** Whether it is in a view of the shown one. */
  isBeside(view: string): boolean {
    return (
      this.other !== null &&
      this.settings.beside &&
      BESIDE.includes(view) &&
      view === this.screen.view
    );
  }

  /** Whether one of the view's questions is on screen. */
  shows(mode: Mode): boolean {
    return this.screen.view === VIEW && this.other !== null && this.settings.mode === mode;
  }

  /** Iterations of the other run, where they are among the shown one's. */
  among(steps: readonly Step[]): readonly Step[] {
    const others = firstPlaces(this.over?.validations[1] ?? [], this.steps);
    return among({ steps: others.places, places: others.steps }, { steps, places: steps });
  }

  get color(): string {
    return this.screen.markOf(this.#run.name).color;
  }

  get otherColor(): string {
    const { color } = this.screen.markOf(this.other ?? '');
    return colorBeside(color, this.color, this.screen.theme);
  }

  /** What a run is called beside the others that were chosen. */
  shortName(name: string | null): string {
    return this.#shortNames.get(name ?? '') ?? isolated(name ?? '');
  }

  /** Error rates of a class in the shown run (0) or the other one (1), or of all; null while they are not known. */
  ratesOf(name: string | null, which: 0 | 1): Rates | null {
    const { over, steps } = this;
    if (!over) return null;
    const [n, classes] = [steps.length, over.names.length];
    if (name === null) return { steps, values: over.overall.subarray(which * n, (which + 1) * n) };
    const index = this.#classes.get(name);
    if (index === undefined) return null;
    const at = (which * classes + index) * n;
    return { steps, values: over.classes.subarray(at, at + n) };
  }

  /** Where an iteration of the other run is among the shown one's. */
  placeOf(step: Step): Step {
    return this.among([step])[0] ?? step;
  }

  /** A length on the common axis. */
  distance(length: number): string {
    const size = Math.abs(length);
    if (this.axis === 'epochs') return `${size.toFixed(1)} epochs`;
    return `${formatStep(size)} ${this.axis === 'images' ? 'images' : 'iterations'}`;
  }

  /** Of the classes that both runs have. */
  className(index: ClassIndex | null | undefined): string {
    return this.pair?.classes[index ?? -1]?.class ?? 'another class';
  }

  differenceOf(name: string): Float32Array {
    return this.#differences.get(name) ?? new Float32Array();
  }

  #differenceOf(name: string): Float32Array {
    const [own, other] = [this.ratesOf(name, 0), this.ratesOf(name, 1)];
    return own && other ? difference(own, other) : new Float32Array();
  }

  #ask(turn: number, other: () => string | null, isShown: () => boolean): Query<wire.Pair> {
    const run = this.#run;
    return run.aboutPredictions(
      (about, signal) =>
        wire.compare(
          {
            about,
            other: other() ?? '',
            steps: other() === this.other ? this.chosenSteps : null,
            axis: this.axis,
          },
          signal,
        ),
      {
        details: () => JSON.stringify([other(), this.chosenSteps, this.axis]),
        when: () => isShown() && other() !== null,
        again: () => run.growthOf(other()),
        turn,
      },
    );
  }

  #of<T extends { readonly runs: readonly string[] }>(
    { data }: Query<T>,
    other: string | null,
  ): T | null {
    return data?.runs[0] === this.#run.name && data.runs[1] === other ? data : null;
  }
}

const named = (name: string): { name: string; images: number } => ({ name, images: 0 });
