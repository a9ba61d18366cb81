/** What is selected, hovered and brought on screen of the run that is shown. */
import { useRun } from '../run/context';
import type { RunScope } from '../run/scope.svelte';
import type { Theme } from '../charts/palette';
import type { Step } from '../wire/units';
import type { Mark } from './marks';
import type { Selection } from './selection';
import type { Shell } from './shell.svelte';
import type { Slot } from './slots';

export class Screen {
  readonly #run: RunScope;
  readonly #shell: Shell;
  #hovered = $state.raw<Selection | null>(null);
  /** What the view shall bring on screen; it takes it. */
  revealed = $state.raw<Selection | null>(null);
  readonly focus = $derived.by(() => this.hovered ?? this.selected);

  constructor(run: RunScope, shell: Shell) {
    this.#run = run;
    this.#shell = shell;
  }

  /** What is under the pointer. */
  get hovered(): Selection | null {
    return this.#hovered;
  }
  set hovered(selection: Selection | null) {
    this.#hovered = selection;
  }

  get selected(): Selection | null {
    return this.#shell.settings.selected;
  }
  set selected(selection: Selection | null) {
    this.#shell.settings.selected = selection;
  }

  /** Name of the view on screen. */
  get view(): string {
    return this.#shell.settings.view;
  }

  /** Whether a view is on screen, or within the one that is. */
  shows(view: string): boolean {
    return this.view === view || this.#shell.within === view;
  }

  /** Whether the tab still chooses where to look. */
  get isOpening(): boolean {
    return this.#shell.isOpening;
  }
  set isOpening(isOpening: boolean) {
    this.#shell.isOpening = isOpening;
  }

  get theme(): Theme {
    return this.#shell.theme;
  }

  /** The runs that the shown one is compared with. */
  get compared(): readonly string[] {
    return this.#shell.compared;
  }

  /** See `Shell.markOf`. */
  markOf(name: string): Mark {
    return this.#shell.markOf(name);
  }

  filled<T>(slot: Slot<T>): readonly T[] {
    return slot.in(this.#shell.fillings);
  }

  /** Selects something and shows it in the view of its kind, at an iteration if one is given. */
  show(selection: Selection, step: Step | null = null): void {
    const kind = this.#shell.kinds.get(selection.kind);
    if (kind) this.#shell.settings.view = kind.view;
    this.#shell.table = null;
    this.hovered = null;
    this.#run.axis.hovered = null;
    if (step !== null) this.#run.axis.showStep(step);
    this.selected = this.revealed = selection;
  }

  /**
   * Shows what a link of this run says, as it stands in the address. What it does not tell stays:
   * what a person has set up is not its business.
   */
  follow(link: string): void {
    this.#shell.table = null;
    this.hovered = null;
    this.#run.axis.hovered = null;
    this.selected = null;
    this.#shell.store.follow(link);
    this.revealed = this.selected;
    const { step } = this.#run.axis.settings;
    if (step !== null) this.#run.axis.showStep(step);
  }

  /** Gives up what was chosen last, one thing at a time. */
  clear(): void {
    const { axis } = this.#run;
    if (axis.dragged) axis.dragged = null;
    else if (this.#shell.table) this.#shell.table = null;
    else if (this.selected) this.selected = null;
    else if (this.#shell.features.some(({ clear }) => clear?.(this.#run))) return;
    else if (axis.settings.step !== null) axis.settings.step = null;
    else axis.settings.zoom = null;
  }
}

export const screenOf = (run: RunScope): Screen => run.given(Screen);

export const useScreen = (): Screen => screenOf(useRun());
