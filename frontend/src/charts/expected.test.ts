import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { expectedPalette, FULL, shadeOfUnits, unitsAbove, type Expectation } from './expected';

const cells: fc.Arbitrary<Expectation> = fc
  .record({
    low: fc.nat({ max: 40 }),
    below: fc.double({ min: 0, max: 20, noNaN: true }),
    above: fc.double({ min: 0, max: 20, noNaN: true }),
    observed: fc.nat({ max: 120 }),
  })
  .map(({ low, below, above, observed }) => {
    const expected = low + below;
    return { low, expected, high: Math.ceil(expected + above), observed };
  });

describe('observed against expected', () => {
  test('is beyond one unit only where chance rarely makes as much', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const units = unitsAbove(cell);
        expect(Math.sign(units)).toBe(Math.sign(cell.observed - cell.expected));
        const inside = cell.low <= cell.observed && cell.observed <= cell.high;
        if (inside) expect(Math.abs(units)).toBeLessThanOrEqual(1 + 1e-9);
        else if (Math.abs(cell.observed - cell.expected) > 1)
          expect(Math.abs(units)).toBeGreaterThan(1);
      }),
    );
  });

  test('2 of 0.5 in a wide range is far paler than 40 of 10', () => {
    const small = unitsAbove({ observed: 2, expected: 0.5, low: 0, high: 2 });
    const large = unitsAbove({ observed: 40, expected: 10, low: 4, high: 18 });
    expect(shadeOfUnits(small) - 0.5).toBeLessThan((shadeOfUnits(large) - 0.5) / 3);
    // One filter where none is expected is nothing either, however narrow the range.
    expect(unitsAbove({ observed: 1, expected: 0.02, low: 0, high: 0 })).toBeLessThan(1);
  });

  test('grows with the distance up to the full colour, alike on both sides', () => {
    const units = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(units, units, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(shadeOfUnits(less)).toBeLessThanOrEqual(shadeOfUnits(more));
        expect(shadeOfUnits(-a)).toBeCloseTo(1 - shadeOfUnits(a), 12);
      }),
    );
    expect([-FULL, 0, FULL].map(shadeOfUnits)).toEqual([0, 0.5, 1]);
    expect(shadeOfUnits(1)).toBeCloseTo(0.55, 12);
    expect(expectedPalette('light')).toHaveLength(257);
  });
});
