/** What TensorBoard calls when it opens the tab: `render()` of this module. */
import { mount } from 'svelte';

import { FEATURES } from './features';
import App from './shell/App.svelte';
import styles from './shell/app.css?inline';

export function render(): void {
  // An inline style element is all that TensorBoard's content policy allows.
  const style = document.createElement('style');
  style.textContent = styles;
  document.head.append(style);
  document.title = 'DeepTracker';
  document.documentElement.lang = 'en';
  mount(App, { target: document.body, props: { features: FEATURES } });
}
