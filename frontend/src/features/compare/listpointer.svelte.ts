/** The pointer and the keyboard in a list of rows with plots: which row is read, and at which iteration. */
import type { Axis } from '../../axis/axis.svelte';
import { stepUnder } from '../../axis/pointer';
import type { Step } from '../../wire/units';

/** Rows have their position as `data-at`. */
export class ListPointer {
  /** The row of the keyboard. */
  active = $state(0);
  #pointed = $state<number | null>(null);
  #focused = $state(false);
  /** The row whose plot is read; null for none. */
  readonly read = $derived.by(() => this.#pointed ?? (this.#focused ? this.active : null));

  readonly handlers;

  /** @param choose what a click on a row does */
  constructor(axis: Axis, steps: () => readonly Step[], choose: (at: number) => void) {
    const stepOf = (event: MouseEvent): Step | null => {
      const plot = (event.target as Element).closest('[data-plot]');
      return plot ? stepUnder(event, plot, axis, steps()) : null;
    };
    this.handlers = {
      onpointermove: (event: PointerEvent) => {
        const at = rowUnder(event);
        axis.hovered = stepOf(event);
        this.#pointed = at >= 0 && axis.hovered !== null ? at : null;
      },
      onpointerleave: () => {
        axis.hovered = null;
        this.#pointed = null;
      },
      onfocus: (event: FocusEvent) => {
        this.#focused = (event.currentTarget as Element).matches(':focus-visible');
      },
      onblur: () => {
        this.#focused = false;
      },
      onclick: (event: MouseEvent) => {
        const step = stepOf(event);
        if (step !== null) axis.settings.step = step;
        const at = rowUnder(event);
        if (at >= 0) choose(at);
      },
    };
  }
}

const rowUnder = (event: Event): number =>
  Number((event.target as Element).closest<HTMLElement>('[data-at]')?.dataset['at'] ?? -1);
