import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { integer, optional, optionalPositions, text, words } from './codec';
import { declare, setting } from './setting';
import { SettingsStore, type Memory } from './store.svelte';

const charts = declare('charts', {
  name: setting(text, 'all', 'view', 'q'),
  k: setting(integer(1, 10), 4, 'view', 'k'),
  open: setting(optionalPositions, null, 'run', 'o'),
  size: setting(optional(integer(1, 10)), null, 'view', 's', 5),
});
const person = declare('person', {
  hand: setting(text, 'right', 'person'),
  zoom: setting(integer(1, 3), 1, 'run'),
  beside: setting(words, [], 'visit'),
});
const store = (memory: Memory | null = null): SettingsStore =>
  new SettingsStore([charts, person], memory);

/** What a browser keeps. */
function browser(kept: string | null = null): Memory & { kept: string | null } {
  return {
    kept,
    read() {
      return this.kept;
    },
    write(words: string) {
      this.kept = words;
    },
  };
}

describe('the address', () => {
  test('is only the version when all is at its default', () => {
    expect(store().write()).toBe('2');
  });

  test('has what is not, each under the name of its owner', () => {
    const settings = store();
    settings.of(charts).k = 6;
    settings.of(charts).open = [1, 2];
    expect(settings.write()).toBe('2!charts.k*6!charts.open**1*2');
  });

  test('comes back as it was, in characters that no part of a URL escapes', () => {
    const value = fc.record({
      name: fc.string({ unit: 'binary' }),
      k: fc.integer({ min: 1, max: 10 }),
      open: fc.option(fc.array(fc.nat())),
      size: fc.option(fc.integer({ min: 1, max: 10 })),
    });
    fc.assert(
      fc.property(value, (values) => {
        const [one, other] = [store(), store()];
        Object.assign(one.of(charts), values);
        const address = one.write();
        expect(address).toMatch(/^[A-Za-z0-9_.~!*+-]*$/);
        other.read(address);
        expect({ ...other.of(charts) }).toEqual(values);
      }),
    );
  });

  test('tells all: what it leaves out is at its default', () => {
    const settings = store();
    settings.of(charts).k = 6;
    settings.read('2!charts.name*x');
    expect(settings.of(charts)).toMatchObject({ k: 4, name: 'x' });
  });

  test('of 0.1.0 has a letter a setting; of another version it is left alone', () => {
    const settings = store();
    settings.read('1!k*7!o*!charts.name*x');
    expect(settings.of(charts)).toMatchObject({ k: 7, open: [], name: 'all' });
    settings.read('2!k*8');
    expect(settings.of(charts).k).toBe(4);
    settings.read('9!charts.k*8');
    expect(settings.of(charts).k).toBe(4);
  });

  test('of 0.1.0 means the defaults of 0.1.0 by what it leaves out', () => {
    const settings = store();
    for (const [link, size] of [
      ['1', 5],
      ['1!s*99', 5],
      ['1!s*7', 7],
      ['2', null],
      ['', null],
    ] as const) {
      settings.read(link);
      expect(settings.of(charts).size).toBe(size);
    }
  });

  test('may be anything', () => {
    const scrap = fc.constantFrom('1', '2', '!', '*', 'k', 'charts.k', '~', '-5', '1e9', 'NaN');
    fc.assert(
      fc.property(fc.array(scrap), (scraps) => {
        const settings = store();
        settings.read(scraps.join(''));
        expect(settings.of(charts).k).toBeGreaterThanOrEqual(1);
        expect(settings.of(charts).k).toBeLessThanOrEqual(10);
      }),
    );
  });
});

test('following an address changes what that tells, and nothing else', () => {
  const settings = store();
  Object.assign(settings.of(charts), { name: 'mine', k: 6, open: [1], size: 3 });
  settings.follow('2!charts.k*7!charts.open!charts.size*99!nobody.knows*1');
  expect({ ...settings.of(charts) }).toEqual({ name: 'mine', k: 7, open: null, size: 3 });
});

test('another run resets what is of the run, and nothing else', () => {
  const settings = store();
  Object.assign(settings.of(charts), { k: 6, open: [1] });
  Object.assign(settings.of(person), { hand: 'left', zoom: 2 });
  settings.reset('run');
  expect(settings.write()).toBe('2!charts.k*6!person.hand*left');
});

describe("a person's settings", () => {
  test('are kept when the person changes them', () => {
    const memory = browser();
    const settings = store(memory);
    settings.of(charts).k = 6;
    settings.remember();
    expect(memory.kept).toBeNull();
    settings.of(person).hand = 'left';
    settings.remember();
    expect(memory.kept).toBe('2!person.hand*left');
    expect(store(memory).of(person).hand).toBe('left');
  });

  test('come before the default, and a link before them, which changes nothing for the person', () => {
    const memory = browser('2!person.hand*left!charts.k*9');
    const settings = store(memory);
    expect(settings.of(charts).k).toBe(4);
    settings.read('2!charts.k*5');
    expect(settings.of(person).hand).toBe('left');
    settings.read('2!person.hand*both');
    expect(settings.of(person).hand).toBe('both');
    settings.remember();
    expect(memory.kept).toBe('2!person.hand*left!charts.k*9');
    settings.read('');
    expect(settings.of(person).hand).toBe('left');
  });
});

test('what is of a visit is there at the next one, unless that begins with a link', () => {
  const memory = browser();
  const settings = store(memory);
  settings.of(person).beside = ['a, b/c', ''];
  settings.remember();
  expect(store(memory).of(person).beside).toEqual(['a, b/c', '']);
  settings.read('2!charts.k*5');
  expect(settings.of(person).beside).toEqual([]);
  settings.read('1!k*5');
  expect(settings.of(person).beside).toEqual([]);
  settings.read('2!person.beside*x~20y');
  expect(settings.of(person).beside).toEqual(['x y']);
  settings.remember();
  settings.read('');
  expect(settings.of(person).beside).toEqual(['a, b/c', '']);
  settings.reset('run');
  expect(settings.of(person).beside).toEqual(['a, b/c', '']);
});

test('settings that nobody declared are a mistake', () => {
  expect(() => new SettingsStore([charts]).of(person)).toThrow(/person/);
});
