import { expect, test } from 'vitest';

import { pairedLayers } from './paired';
import { withoutPartner } from './partners';

test('layers are paired by name, wherever they stand; those of one run only have no row', () => {
  const layers = ['conv', 'fc', 'gone'];
  const shown = ['net', 'conv', 'fc', 'gone'];
  expect(pairedLayers(layers, shown, ['other', 'fc', 'new', 'conv'])).toEqual([
    ['conv', 1, 3],
    ['fc', 2, 1],
  ]);
});

test('what has no partner is counted and named, as far as it is listed', () => {
  const none = { classes: [], images: 0, ids: [], layers: [] };
  const aligned = { relabelled: [7], reshaped: [], pictures: 9, differing_pictures: 2 };
  const only = { classes: ['owl'], images: 120, ids: [...Array(60).keys()], layers: ['fc'] };
  const found = withoutPartner({ alone: [only, none], aligned }, ['A', 'B']);
  expect(found.map(({ what }) => what)).toEqual([
    '1 class only in A',
    '120 images only in A',
    '1 layer only in A',
    '2 of 9 images looked at are other ones',
    '1 image with another label',
  ]);
  expect(found[1]).toMatchObject({ more: 70 });
  expect(found[1]?.names).toHaveLength(50);
  const same = {
    alone: [none, none],
    aligned: { ...aligned, relabelled: [], differing_pictures: 0 },
  };
  expect(withoutPartner(same, ['A', 'B'])).toEqual([]);
});
