import { onDestroy, tick } from 'svelte';

/**
 * Runs something once the screen shows what has changed, unless the component is gone by
 * then. To be made while a component is set up.
 */
export function whenDrawn(): (act: () => void) => void {
  let isGone = false;
  onDestroy(() => {
    isGone = true;
  });
  return (act) =>
    void tick().then(() => {
      if (!isGone) act();
    });
}
