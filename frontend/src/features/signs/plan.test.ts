import fc from 'fast-check';
import { expect, test } from 'vitest';

import { keyOf, LEVELS, linkOf, nameOf, placed } from './plan';
import type { Sign } from './wire';

const sign = (first_step: number, last_step: number, some: Partial<Sign> = {}): Sign => ({
  kind: 'class_lost',
  title: 'A class is lost',
  image_set: null,
  class: null,
  layer: null,
  filters: [],
  first_step,
  last_step,
  severity: 0.5,
  says: '',
  evidence: [],
  advice: null,
  ...some,
});

test('signs that hold at the same time stand below each other, as far as there is room', () => {
  const all = [sign(0, 10), sign(5, 15), sign(11, 20), sign(10, 12), sign(9, 11)];
  expect(placed(all).map(({ level }) => level)).toEqual([0, 1, 0, 1, 1]);
});

test('on all levels but the last, none hides another', () => {
  const spans = fc.array(fc.tuple(fc.nat(20), fc.nat(5)));
  fc.assert(
    fc.property(spans, (some) => {
      const found = placed(some.map(([first, length]) => sign(first, first + length)));
      expect(found).toHaveLength(some.length);
      for (const [i, a] of found.entries()) {
        for (const b of found.slice(0, i)) {
          const meet =
            a.sign.first_step <= b.sign.last_step && b.sign.first_step <= a.sign.last_step;
          if (a.level === b.level && a.level < LEVELS - 1) expect(meet).toBe(false);
        }
      }
    }),
  );
});

test('a sign keeps its key while it goes on, and is named by what it is about', () => {
  const one = sign(1, 2, { class: '3', image_set: 'validation' });
  expect(keyOf({ ...one, last_step: 9, severity: 1 })).toBe(keyOf(one));
  expect(keyOf({ ...one, class: '4' })).not.toBe(keyOf(one));
  expect(nameOf(one)).toBe('3, validation');
  expect(nameOf(sign(1, 2, { layer: 'conv1' }))).toBe('conv1');
  expect(nameOf(sign(1, 2, { image_set: 'train' }))).toBe('train');
  expect(nameOf(sign(1, 2))).toBe('The training');
});

test('a sign leads to the view of what it is about', () => {
  const lost = sign(10, 20, { class: 'cat', image_set: 'a b' });
  expect(linkOf(lost, 'images', undefined, 3)).toBe(
    '2!screen.view*validation!axis.step*10!run.imageSet*a~20b!screen.selected*class*3' +
      '!validation.pinned*3!validation.search*',
  );
  expect(linkOf(sign(10, 20), 'layers', 4, undefined)).toBe(
    '2!screen.view*layers!axis.step*10!screen.selected*layer*4',
  );
  expect(linkOf(sign(10, 20), 'scalars', undefined, undefined)).toBe('2!axis.step*10');
  const mixed = sign(10, 20, { image_set: 'train' });
  expect(linkOf(mixed, 'representations', undefined, undefined)).toBe(
    '2!screen.view*map!axis.step*10!run.imageSet*train',
  );
  const confused = { ...lost, kind: 'confusion_growing' };
  expect(linkOf(confused, 'images', undefined, 3)).toContain('!screen.view*confusion!axis.step*20');
});
