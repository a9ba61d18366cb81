import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decode, encode, initialValues } from './codec';
import {
  CHARTS,
  FIELDS,
  FILTER_ORDERS,
  LIMITS,
  NORMALIZATIONS,
  VIEWS,
  type Settings,
} from './fields';

const position = fc.nat({ max: 2 ** 40 });
const settings: fc.Arbitrary<Settings> = fc
  .record({
    run: fc.option(fc.string({ unit: 'binary' })),
    view: fc.constantFrom(...VIEWS),
    step: fc.option(fc.maxSafeInteger()),
    zoom: fc.option(
      fc
        .tuple(position, position)
        .filter(([from, to]) => from < to)
        .map(([from, to]) => [from, to] as const),
    ),
    k: fc.integer({ min: 1, max: LIMITS.k }),
    window: fc.integer({ min: 1, max: LIMITS.window }),
    minScore: fc.double({ min: 0, max: 1, noNaN: true }).map((score) => score + 0),
    onlyAnomalies: fc.boolean(),
    openClusters: fc.option(fc.array(position)),
    openClasses: fc.array(position),
    closedNodes: fc.option(fc.array(position)),
    statistic: fc.string(),
    sharedScale: fc.boolean(),
    picksA: fc.array(
      fc.record({ layer: position, filter: position, class: position, step: position }),
    ),
    corner: fc
      .tuple(fc.integer({ min: 250, max: 850 }), fc.integer({ min: 120, max: 620 }))
      .map(([x, y]) => ({ x: x / 1000, y: y / 1000 })),
    selected: fc.option(
      fc.oneof(
        fc.record({ kind: fc.constant('layer' as const), node: position }),
        fc.record({ kind: fc.constant('filter' as const), layer: position, filter: position }),
      ),
    ),
    chart: fc.constantFrom(...CHARTS),
    bands: fc.integer({ min: 1, max: LIMITS.bands }),
    overlaid: fc.array(position),
    openLayers: fc.array(position),
    normalize: fc.constantFrom(...NORMALIZATIONS),
    filterOrder: fc.constantFrom(...FILTER_ORDERS),
  })
  .map((some) => ({ ...initialValues(FIELDS), ...some }));

describe('the state in the address', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(settings, (values) => {
        expect(decode(FIELDS, encode(FIELDS, values))).toEqual(values);
      }),
    );
  });

  test('has only characters that no part of a URL escapes', () => {
    fc.assert(
      fc.property(settings, (values) => {
        expect(encode(FIELDS, values)).toMatch(/^[A-Za-z0-9_.~!*+-]*$/);
      }),
    );
  });

  test('is only the version when all is at its default', () => {
    expect(encode(FIELDS, initialValues(FIELDS))).toBe('1');
  });

  test('never fails on what somebody typed, and keeps to the limits', () => {
    const scrap = fc.constantFrom('1', '!', '*', 'k', 'w', 'm', 'z', 'o', '~', '-5', '1e9', 'NaN');
    fc.assert(
      fc.property(fc.array(scrap), (scraps) => {
        const read = decode(FIELDS, scraps.join(''));
        expect(read.k).toBeGreaterThanOrEqual(1);
        expect(read.k).toBeLessThanOrEqual(LIMITS.k);
        expect(VIEWS).toContain(read.view);
        if (read.zoom) expect(read.zoom[0]).toBeLessThan(read.zoom[1]);
      }),
    );
  });

  test('gives every field a letter of its own', () => {
    const letters = Object.values(FIELDS).map(({ letter }) => letter);
    expect(new Set(letters).size).toBe(letters.length);
  });

  test('of another version is left alone', () => {
    expect(decode(FIELDS, '9!k*7')).toEqual(initialValues(FIELDS));
  });
});
