/**
 * Zooming and panning with the pointer, the same in every chart over iterations:
 * Ctrl+wheel (or a pinch) zooms at the pointer, Shift+wheel, a sideways wheel and
 * Shift+drag pan, a drag selects the iterations to zoom to, a double click shows all.
 */
import type { Attachment } from 'svelte/attachments';

import type { Axis } from './axis.svelte';
import type { TimeScale } from './scale';
import { toStep } from './scale';

/** What else a chart does with the same gestures, in CSS pixels and as a factor. */
export interface Rows {
  readonly zoomRows?: (factor: number, event: WheelEvent) => void;
  readonly panRows?: (by: number) => void;
}

// A notch of a mouse wheel is 100 or 120 pixels: about a fifth.
const ZOOM_PER_PIXEL = 0.0018;
const PIXELS_PER_LINE = 16;
/** Less is a click by an unsteady hand. */
const DRAG_FROM = 4;

/** For an element that holds plots: elements with `data-plot`, as wide as the scale. */
export function navigate(axis: Axis, rows: Rows = {}): Attachment<HTMLElement> {
  return (element) => {
    const wheel = (event: WheelEvent): void => {
      const left = plotLeft(event);
      if (left === null || !axis.scale) return;
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1;
      const [across, down] = [event.deltaX * pixels, event.deltaY * pixels];
      if (event.ctrlKey || event.metaKey) {
        const factor = Math.exp(-(down || across) * ZOOM_PER_PIXEL);
        if (!event.shiftKey) axis.zoomBy(factor, stepAt(axis.scale, event, left));
        rows.zoomRows?.(factor, event);
      } else if (event.shiftKey || Math.abs(across) > Math.abs(down)) {
        axis.panBy((across || down) / axis.scale.width);
      } else return;
      event.preventDefault();
    };

    const down = (event: PointerEvent): void => {
      const left = plotLeft(event);
      if (left === null || event.button !== 0 || !axis.scale) return;
      drag(element, event, axis, left, rows);
    };

    const twice = (event: MouseEvent): void => {
      if (plotLeft(event) !== null) axis.zoomTo(null);
    };

    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    element.addEventListener('dblclick', twice);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('dblclick', twice);
    };
  };
}

function drag(
  element: HTMLElement,
  start: PointerEvent,
  axis: Axis,
  left: number,
  rows: Rows,
): void {
  let last = start;
  let moved = false;
  const end = new AbortController();
  const listen = { signal: end.signal };

  element.addEventListener(
    'pointermove',
    (event) => {
      const { scale } = axis;
      if (event.pointerId !== start.pointerId || !scale) return;
      if (!moved) {
        if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_FROM) {
          return;
        }
        moved = true;
        element.setPointerCapture(start.pointerId);
      }
      if (start.shiftKey) {
        axis.panBy((last.clientX - event.clientX) / scale.width);
        rows.panRows?.(last.clientY - event.clientY);
      } else {
        const ends = [stepAt(scale, start, left), stepAt(scale, event, left)];
        axis.dragged = [Math.min(...ends), Math.max(...ends)];
      }
      last = event;
    },
    listen,
  );
  const finish = (event: PointerEvent): void => {
    if (event.pointerId !== start.pointerId) return;
    end.abort();
    // Esc drops the range meanwhile.
    if (axis.dragged && event.type === 'pointerup') axis.zoomTo(axis.dragged);
    axis.dragged = null;
    if (moved) swallowClick(element);
  };
  element.addEventListener('pointerup', finish, listen);
  element.addEventListener('pointercancel', finish, listen);
}

/** The click that ends a drag chooses nothing. */
function swallowClick(element: HTMLElement): void {
  const swallow = (event: MouseEvent): void => {
    event.stopPropagation();
  };
  element.addEventListener('click', swallow, { capture: true, once: true });
  // There is none if the button was let go elsewhere.
  setTimeout(() => {
    element.removeEventListener('click', swallow, { capture: true });
  });
}

function plotLeft(event: MouseEvent): number | null {
  const plot = (event.target as Element).closest('[data-plot]');
  return plot && plot.getBoundingClientRect().left;
}

function stepAt(scale: TimeScale, event: MouseEvent, left: number): number {
  return toStep(scale, Math.min(scale.width, Math.max(0, event.clientX - left)));
}
