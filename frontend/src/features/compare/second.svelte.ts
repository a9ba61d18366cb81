/**
 * The other run as a scope of its own, for pieces of views that show a run: on the shown run's
 * axis, with its settings, and what is selected in one is so in the other.
 */
import { RunScope } from '../../run/scope.svelte';
import type { Declaration, ValuesOf } from '../../settings/setting';
import type { Settings } from '../../settings/store.svelte';
import { Screen, screenOf } from '../../shell/screen.svelte';
import type { Selection } from '../../shell/selection';
import type { Shell } from '../../shell/shell.svelte';
import { imageKind, imagesSettings, ImagesState } from '../images/api';
import { mapSettings, MapState } from '../map/api';
import { classKind } from '../validation/api';
import { match, reversed } from './match';

/** To be called while a component is set up, whose life it shares. */
export function secondRun(name: string, shown: RunScope, shell: Shell): RunScope {
  const images = new Partners(shown, () => second);
  const second: RunScope = new RunScope(
    name,
    shell.runs,
    new SecondSettings(shell.store, images),
    shell.plot,
    shown,
  );
  second.give(Screen, new SecondScreen(second, shell, screenOf(shown), images));
  second.make([ImagesState, MapState]);
  return second;
}

/** Which class or image of one run is which of the other. */
class Partners {
  readonly #shown: RunScope;
  readonly #second: () => RunScope;
  /** By the shown run's rows. */
  readonly #rows = $derived.by(() => match(this.#idsOf(this.#shown), this.#idsOf(this.#second())));
  readonly #back = $derived.by(() => reversed(this.#rows, this.#idsOf(this.#second()).length));

  constructor(shown: RunScope, second: () => RunScope) {
    this.#shown = shown;
    this.#second = second;
  }

  #idsOf(run: RunScope): readonly (string | number)[] {
    return run.state(ImagesState).results.data?.ids ?? [];
  }

  rows(of: readonly number[], to: 'second' | 'shown'): readonly number[] {
    const there = to === 'second' ? this.#rows : this.#back;
    return of.map((row) => there[row] ?? -1).filter((row) => row >= 0);
  }

  selection(selection: Selection | null, to: 'second' | 'shown'): Selection | null {
    const [from, into] =
      to === 'second' ? [this.#shown, this.#second()] : [this.#second(), this.#shown];
    if (imageKind.is(selection)) {
      const row = from.state(ImagesState).rowOf(selection.class, selection.image);
      const [there] = this.rows([row], to);
      return there === undefined
        ? null
        : { kind: 'image', ...into.state(ImagesState).imageAt(there) };
    }
    if (classKind.is(selection)) {
      const index = into.classByName.get(from.className(selection.class));
      return index === undefined ? null : { kind: 'class', class: index };
    }
    return selection?.kind === 'picked' ? selection : null;
  }
}

class SecondScreen extends Screen {
  readonly #shown: Screen;
  readonly #partners: Partners;

  constructor(run: RunScope, shell: Shell, shown: Screen, partners: Partners) {
    super(run, shell);
    this.#shown = shown;
    this.#partners = partners;
  }

  override get hovered(): Selection | null {
    return this.#partners.selection(this.#shown.hovered, 'second');
  }
  override set hovered(selection: Selection | null) {
    this.#shown.hovered = this.#partners.selection(selection, 'shown');
  }

  override get selected(): Selection | null {
    return this.#partners.selection(this.#shown.selected, 'second');
  }
  override set selected(selection: Selection | null) {
    this.#shown.selected = this.#partners.selection(selection, 'shown');
  }
}

type Zoom = ValuesOf<typeof mapSettings>['zoom'];

/** The shown run's settings; but maps have places of their own, and image sets other rows. */
class SecondSettings implements Settings {
  readonly #shown: Settings;
  readonly #partners: Partners;
  #zoom = $state.raw<Zoom>(null);

  constructor(shown: Settings, partners: Partners) {
    this.#shown = shown;
    this.#partners = partners;
  }

  of<D extends Declaration>(declaration: D): ValuesOf<D> {
    const values = this.#shown.of(declaration);
    if (declaration.owner === mapSettings.owner) {
      return instead(values, 'zoom', {
        get: () => this.#zoom,
        set: (zoom) => (this.#zoom = zoom as Zoom),
      });
    }
    if (declaration.owner === imagesSettings.owner) {
      const images = this.#shown.of(imagesSettings);
      return instead(values, 'picked', {
        get: () => this.#partners.rows(images.picked, 'second'),
        set: (rows) => (images.picked = this.#partners.rows(rows as readonly number[], 'shown')),
      });
    }
    return values;
  }
}

/** An object with another value in the place of one of its own. */
const instead = <T extends object>(
  values: T,
  name: string,
  value: { readonly get: () => unknown; readonly set: (value: unknown) => void },
): T =>
  new Proxy(values, {
    get: (target, key) => (key === name ? value.get() : (Reflect.get(target, key) as unknown)),
    set: (target, key, to) => {
      if (key !== name) return Reflect.set(target, key, to);
      value.set(to);
      return true;
    },
  });
