/** The keys that work in the whole tab. */
import type { RunScope } from '../run/scope.svelte';
import type { Key } from './feature';
import { screenOf } from './screen.svelte';

const ZOOM_STEP = 1.5;
/** Share of the visible range's width. */
const PAN_STEP = 0.1;

/** The key of an event, letters in lower case; null if it is somebody else's. */
export function keyOf(event: KeyboardEvent): string | null {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (target.closest('input, select, textarea, dialog')) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

type Actions = NonNullable<Key['actions']>;

/** An action for which there is always something to do. */
const act = (action: (run: RunScope, far: number) => void): Actions[string] => {
  return (run, event) => {
    action(run, event.shiftKey ? 10 : 1);
    return true;
  };
};

/** The shell's own keys, those in front of the features' and those behind them. */
export const KEYS: { readonly first: readonly Key[]; readonly last: readonly Key[] } = {
  first: [
    {
      keys: '← →',
      meaning: 'move the crosshair by one validation; with Shift by ten',
      actions: {
        ArrowLeft: act(({ axis }, far) => axis.moveCrosshair(-far)),
        ArrowRight: act(({ axis }, far) => axis.moveCrosshair(far)),
      },
    },
    {
      keys: '↑ ↓',
      meaning: 'go through the rows of the view, and through the images of an open class',
    },
    { keys: 'Enter', meaning: 'open or close a row' },
  ],
  last: [
    {
      keys: 'W S',
      meaning: 'zoom in and out at the crosshair',
      actions: {
        w: act(({ axis }) => axis.zoomBy(ZOOM_STEP)),
        s: act(({ axis }) => axis.zoomBy(1 / ZOOM_STEP)),
      },
    },
    {
      keys: 'A D',
      meaning: 'go to earlier and later iterations; with Shift by the whole visible range',
      actions: {
        a: act(({ axis }, far) => axis.panBy(-PAN_STEP * far)),
        d: act(({ axis }, far) => axis.panBy(PAN_STEP * far)),
      },
    },
    {
      keys: 'Esc',
      meaning: 'clear the selection, the pinned iteration, the zoom, one after the other',
      actions: { Escape: act((run) => screenOf(run).clear()) },
    },
    {
      keys: '↑ ↓',
      meaning: "on the timeline's lower border, make its curves higher and lower",
      section: 'Keys in a chart',
    },
    { keys: '?', meaning: 'this list' },
  ],
};

/** Does what a key asks for; the first that knows it and has something to do for it. */
export function press(keys: readonly Key[], run: RunScope, event: KeyboardEvent): void {
  const key = keyOf(event);
  if (key === null) return;
  if (keys.some(({ actions }) => actions?.[key]?.(run, event) ?? false)) event.preventDefault();
}
