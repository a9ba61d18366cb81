/** What all features together must keep. */
import { expect, test } from 'vitest';

import { FEATURES } from './features';
import recorded from './settings/links-0.1.0.json';
import { Shell } from './shell/shell.svelte';

const shell = new Shell(FEATURES);
const { entries } = shell.store;

/** Values by the letters that they had in 0.1.0, but for those at their defaults. */
function shown(): Record<string, unknown> {
  return Object.fromEntries(
    entries.flatMap(({ setting, value }) => {
      const isDefault = JSON.stringify(value) === JSON.stringify(setting.initial);
      return setting.was === undefined || isDefault ? [] : [[setting.was, value]];
    }),
  );
}

test('every setting of 0.1.0 is there, with its default', () => {
  const defaults = entries.flatMap(({ setting }) =>
    setting.was === undefined ? [] : [[setting.was, setting.initial]],
  );
  expect(new Set(defaults.map(([letter]) => letter)).size).toBe(defaults.length);
  expect(Object.fromEntries(defaults)).toEqual(recorded.defaults);
});

test.each(recorded.links)('$link opens what it showed in 0.1.0', ({ link, shows }) => {
  shell.store.read(link);
  expect(shown()).toEqual(shows);
  // And still does as a link of today.
  const address = shell.store.write();
  shell.store.read('');
  shell.store.read(address);
  expect(shown()).toEqual(shows);
});

test('names are given once', () => {
  const names = [
    FEATURES.map(({ name }) => name),
    entries.map(({ key }) => key),
    FEATURES.flatMap(({ view }) => view?.id ?? []),
    FEATURES.flatMap(({ kinds = [] }) => kinds.map(({ name }) => name)),
    FEATURES.flatMap(({ lanes = [] }) => lanes.map(({ name }) => name)),
  ];
  for (const each of names) expect(each).toEqual([...new Set(each)]);
});

test('what can be selected has a view that shows it', () => {
  const views = shell.views.map(({ id }) => id);
  for (const { view } of shell.kinds.values()) expect(views).toContain(view);
});

test('settings are named as their feature', () => {
  for (const { name, settings } of FEATURES) expect(settings?.owner ?? name).toBe(name);
});
