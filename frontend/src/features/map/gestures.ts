/**
 * What the pointer does on the map, as elsewhere: Ctrl+wheel (or a pinch) zooms, Shift+drag pans, a
 * double click shows all; a drag draws around dots.
 */
import type { Attachment } from 'svelte/attachments';

import type { Corner } from './hit';

export interface Handlers {
  readonly zoom: (factor: number, left: number, top: number) => void;
  readonly pan: (dx: number, dy: number) => void;
  readonly point: (left: number, top: number) => void;
  readonly leave: () => void;
  readonly click: (left: number, top: number) => void;
  /** The path so far. */
  readonly draw: (path: readonly Corner[]) => void;
  readonly enclose: (path: readonly Corner[]) => void;
  readonly reset: () => void;
}

const ZOOM_PER_PIXEL = 0.0018;
const PIXELS_PER_LINE = 16;
/** Less is a click by an unsteady hand. */
const DRAG_FROM = 4;

export function gestures(on: Handlers): Attachment<HTMLElement> {
  return (element) => {
    const at = (event: MouseEvent): Corner => {
      const { left, top } = element.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    let start: Corner | null = null;
    let path: readonly Corner[] = [];
    let pans = false;
    let moved = false;

    const listeners = {
      wheel: (event: WheelEvent) => {
        if (!event.ctrlKey && !event.metaKey) return;
        const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1;
        const by = (event.deltaY || event.deltaX) * pixels;
        on.zoom(Math.exp(-by * ZOOM_PER_PIXEL), ...at(event));
        event.preventDefault();
      },
      pointerdown: (event: PointerEvent) => {
        if (event.button !== 0) return;
        start = at(event);
        path = [start];
        pans = event.shiftKey;
        moved = false;
      },
      pointermove: (event: PointerEvent) => {
        const now = at(event);
        if (!start) {
          on.point(...now);
          return;
        }
        const last = path.at(-1) ?? start;
        if (!moved && Math.hypot(now[0] - start[0], now[1] - start[1]) < DRAG_FROM) return;
        if (!moved) {
          moved = true;
          on.leave();
          element.setPointerCapture(event.pointerId);
        }
        if (pans) on.pan(now[0] - last[0], now[1] - last[1]);
        path = pans ? [now] : [...path, now];
        if (!pans) on.draw(path);
      },
      pointerup: (event: PointerEvent) => {
        if (!start) return;
        if (!moved) on.click(...at(event));
        else if (!pans) on.enclose(path);
        start = null;
      },
      pointercancel: () => {
        start = null;
        on.draw([]);
      },
      pointerleave: () => {
        if (!start) on.leave();
      },
      dblclick: () => {
        on.reset();
      },
    };
    const end = new AbortController();
    for (const [name, listener] of Object.entries(listeners)) {
      element.addEventListener(name, listener as EventListener, {
        signal: end.signal,
        passive: false,
      });
    }
    return () => {
      end.abort();
    };
  };
}
