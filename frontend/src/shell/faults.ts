/** Which part of the screen an error belongs to that was thrown while an event was handled. */
import type { Attachment } from 'svelte/attachments';

const EVENTS = [
  ...['click', 'dblclick', 'pointerdown', 'pointermove', 'pointerup', 'pointerover', 'pointerout'],
  ...['wheel', 'keydown', 'input', 'change', 'focusin', 'focusout', 'scroll'],
];

/** The innermost part that the event is in which is being handled. */
let current: Element | null = null;

/** Calls back with what is thrown by an event's handler within an element. */
export const watchFaults =
  (caught: (error: Error) => void): Attachment =>
  (element) => {
    const end = new AbortController();
    const capture = { capture: true, passive: true, signal: end.signal };
    for (const type of EVENTS) {
      element.addEventListener(type, () => (current = element), capture);
    }
    window.addEventListener(
      'error',
      ({ error }: ErrorEvent) => {
        if (current === element && error instanceof Error) caught(error);
      },
      { signal: end.signal },
    );
    return () => {
      end.abort();
    };
  };
