/**
 * TensorBoard's page around the tab. Everything is guarded: the tab also works
 * when it is opened alone, or within another page that may not be looked at.
 */
import type { Theme } from '../charts/palette';
import type { Memory } from '../settings/store.svelte';

// TensorBoard keeps fields `p.<plugin>.<key>=<value>` of its hash for plugins.
const PLUGIN = 'deeptracker';
const KEY = `p.${PLUGIN}.s`;

/** TensorBoard's window; null when the tab is opened alone or must not look. */
function host(): Window | null {
  try {
    // Reading the document throws if it is of another origin.
    return window.parent !== window && window.parent.document.body ? window.parent : null;
  } catch {
    return null;
  }
}

/** Calls back with the theme now and at every change; returns what stops it. */
export function watchTheme(changed: (theme: Theme) => void): () => void {
  const body = host()?.document.body;
  if (body) {
    const read = (): void => {
      changed(body.classList.contains('dark-mode') ? 'dark' : 'light');
    };
    const observer = new MutationObserver(read);
    observer.observe(body, { attributes: true, attributeFilter: ['class'] });
    read();
    return () => {
      observer.disconnect();
    };
  }
  // A notebook says which one is wanted.
  const wanted = new URLSearchParams(window.location.search).get('theme');
  if (wanted === 'dark' || wanted === 'light') {
    changed(wanted);
    return () => undefined;
  }
  const query = window.matchMedia('(prefers-color-scheme: dark)');
  const read = (): void => {
    changed(query.matches ? 'dark' : 'light');
  };
  query.addEventListener('change', read);
  read();
  return () => {
    query.removeEventListener('change', read);
  };
}

/** The state in the address bar; null if there is none. */
export function readHash(): string | null {
  const field = (host() ?? window).location.hash
    .slice(1)
    .split('&')
    .find((each) => each.startsWith(`${KEY}=`));
  return field === undefined ? null : decodeURIComponent(field.slice(KEY.length + 1));
}

/** Calls back with the state when somebody enters another one into the address bar. */
export function watchHash(changed: (state: string) => void): () => void {
  const target = host() ?? window;
  const own = document;
  const read = (): void => {
    if (own.defaultView === null) {
      // TensorBoard's window is still there, but the tab's has been loaded anew.
      target.removeEventListener('hashchange', read);
      return;
    }
    const state = readHash();
    if (state !== null) changed(state);
  };
  target.addEventListener('hashchange', read);
  return () => {
    target.removeEventListener('hashchange', read);
  };
}

/** Puts the state into the address bar, leaving alone what TensorBoard has there. */
export function writeHash(state: string): void {
  const target = host() ?? window;
  const fields = target.location.hash
    .slice(1)
    .split('&')
    .filter((each) => each !== '' && !each.startsWith(`${KEY}=`));
  const tab = fields.find((each) => !each.includes('='));
  // The address belongs to the tab that is shown.
  if (tab !== undefined && tab !== PLUGIN) return;
  if (tab === undefined) fields.unshift(PLUGIN);
  const url = new URL(target.location.href);
  url.hash = [...fields, `${KEY}=${state}`].join('&');
  if (url.href !== target.location.href) {
    target.history.replaceState(target.history.state, '', url);
  }
}

/** Whether the tab is on screen; TensorBoard gives a hidden one no height. */
export const isVisible = (): boolean => !document.hidden && window.innerHeight > 0;

const MEMORY = 'deeptracker.settings';

/** What the browser keeps for the person; nothing where it may keep nothing. */
export const personalMemory = (): Memory => ({
  read: () => {
    try {
      return localStorage.getItem(MEMORY);
    } catch {
      return null;
    }
  },
  write: (text) => {
    try {
      localStorage.setItem(MEMORY, text);
    } catch {
      // A private window, or a full disk.
    }
  },
});
