/** What all features together must keep. */
import { expect, test } from 'vitest';

import { FEATURES } from './features';
import recorded from './settings/links-0.1.0.json';
import { Shell } from './shell/shell.svelte';

const shell = new Shell(FEATURES);
const { entries } = shell.store;

/** Values by the letters that they had in 0.1.0, but for those at its defaults. */
function shown(was: 'initial' | 'wasInitial'): Record<string, unknown> {
  return Object.fromEntries(
    entries.flatMap(({ setting, value }) => {
      const isDefault = JSON.stringify(value) === JSON.stringify(setting[was]);
      return setting.was === undefined || isDefault ? [] : [[setting.was, value]];
    }),
  );
}

test('every setting of 0.1.0 is there, with its default', () => {
  const defaults = entries.flatMap(({ setting }) =>
    setting.was === undefined ? [] : [[setting.was, setting.wasInitial]],
  );
  expect(new Set(defaults.map(([letter]) => letter)).size).toBe(defaults.length);
  expect(Object.fromEntries(defaults)).toEqual(recorded.defaults);
});

test.each(recorded.links)('$link opens what it showed in 0.1.0', ({ link, shows }) => {
  // What 0.1.0 could not read, and what is no link at all, opens as it does today.
  const was = link.split('!')[0] === '1' ? 'wasInitial' : 'initial';
  shell.store.read(link);
  expect(shown(was)).toEqual(shows);
  // And still does as a link of today.
  const address = shell.store.write();
  shell.store.read('');
  shell.store.read(address);
  expect(shown(was)).toEqual(shows);
});

test('what the run suggests is in no link that nobody has changed by hand', () => {
  shell.store.read('');
  expect(shell.store.write()).toBe('2');
  shell.store.read('1');
  expect(shell.store.write().split('!').sort()).toEqual([
    '2',
    'anomalies.minScore*0.2',
    'anomalies.window*5',
    'correlation.topK*100',
    'layers.logColors*0',
    'layers.sharedScale*0',
    'validation.k*4',
  ]);
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
