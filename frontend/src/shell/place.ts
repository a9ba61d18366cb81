/** Places on the page that parts of a run are put into from elsewhere. */
export const OF_RUN = 'of-run';

/** Puts an element where there is room for it in the top bar. */
export function intoTopBar(element: HTMLElement): () => void {
  document.getElementById(OF_RUN)?.append(element);
  return () => {
    element.remove();
  };
}
