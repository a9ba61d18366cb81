/** What TensorBoard calls when it opens the tab: `render()` of this module. */
import { mount } from 'svelte';

import { FEATURES } from './features';
import App from './shell/App.svelte';
import styles from './shell/app.css?inline';
import { Shell } from './shell/shell.svelte';

export function render(): void {
  // An inline style element is all that TensorBoard's content policy allows.
  const style = document.createElement('style');
  style.textContent = styles;
  document.head.append(style);
  document.title = 'DeepTracker';
  document.documentElement.lang = 'en';
  mount(App, { target: document.body, props: { features: FEATURES } });
}

/** What may stand in a link, for those who write links: see names.js. */
export function names(): unknown {
  const { kinds, store } = new Shell(FEATURES);
  const views = FEATURES.flatMap(({ name, view }) => (view ? [{ id: view.id, owner: name }] : []));
  return {
    views: Object.fromEntries(views.map(({ id, owner }) => [id, owner])),
    settings: store.entries.map(({ key }) => key),
    selections: Object.fromEntries(Array.from(kinds.values(), ({ name, parts }) => [name, parts])),
  };
}
