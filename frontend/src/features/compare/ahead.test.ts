import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { colorOf } from '../../charts/palette';
import { aheadPalette, difference, domainOf, positionOf } from './ahead';
import { among, firstPlaces } from './place';

const rates = (steps: number[], values: number[]) => ({ steps, values: new Float32Array(values) });

describe('who is ahead', () => {
  test('is the difference of their errors, where both are known', () => {
    const shown = rates([0, 10, 20, 30], [0.5, 0.25, NaN, 0.5]);
    const other = rates([0, 10, 20, 30], [0.5, 0.5, 0.5, NaN]);
    expect([...difference(shown, other)]).toEqual([0, 0.25, NaN, NaN]);
  });

  test('has colours up to a round difference that few are beyond', () => {
    const many = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 ? 1 : -1) * 0.04);
    many[0] = 1;
    expect(domainOf([many])).toBe(0.05);
    expect(domainOf([new Float32Array([0, NaN])])).toBe(0.01);
    expect(domainOf([])).toBe(0.01);
    // As sorting all of them would find it.
    const some = fc.array(fc.float({ min: -1, max: 1, noNaN: false }), { maxLength: 300 });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 4 }), (all) => {
        const arrays = all.map((each) => Float32Array.from(each));
        const sizes = arrays
          .flatMap((each) => Array.from(each, Math.abs))
          .filter(Number.isFinite)
          .sort((a, b) => a - b);
        const most = sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 0;
        const nice = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((each) => each >= most);
        expect(domainOf(arrays)).toBe(nice);
      }),
    );
    expect(domainOf([new Float32Array([-1, 1, 0.9])])).toBe(1);
  });

  test("ends in the runs' own colours, and is neither's where they are even", () => {
    const palette = aheadPalette('#0072b2', '#d55e00', 'light');
    const css = (difference: number): string => {
      const packed = colorOf(palette, positionOf(difference, 0.2));
      const hex = (shift: number): string =>
        ((packed >> shift) & 255).toString(16).padStart(2, '0');
      return `#${hex(0)}${hex(8)}${hex(16)}`;
    };
    expect(css(0.2)).toBe('#0072b2');
    expect(css(0.9)).toBe('#0072b2');
    expect(css(-0.2)).toBe('#d55e00');
    expect(css(NaN)).toBe('#e3e5e9');
    expect(positionOf(0, 0.2)).toBe(0.5);
  });
});

describe("another run's iterations", () => {
  test('are put where the shown run was as far', () => {
    // Twice as many iterations to an epoch, and one epoch more.
    const shown = { steps: [0, 50, 100], places: [0, 1, 2] };
    const other = { steps: [0, 100, 150, 200, 300], places: [0, 1, 1.5, 2, 3] };
    expect(among(shown, other)).toEqual([0, 50, 75, 100, 150]);
  });

  test('stay where they are if both count alike', () => {
    const steps = fc
      .uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 20 })
      .map((it) => it.sort((a, b) => a - b));
    fc.assert(
      fc.property(steps, steps, (own, others) => {
        const found = among({ steps: own, places: own }, { steps: others, places: others });
        found.forEach((step, i) => {
          expect(step).toBeCloseTo(others[i] ?? NaN, 6);
        });
      }),
    );
  });

  test('never go back, whatever the axes are', () => {
    const rising = fc
      .array(fc.nat(5), { minLength: 2, maxLength: 12 })
      .map((it) => it.map((_, i) => it.slice(0, i + 1).reduce((a, b) => a + b, 0)));
    fc.assert(
      fc.property(rising, rising, (own, others) => {
        const count = (places: number[]) => ({ steps: places.map((_, i) => 10 * i), places });
        const found = among(count(own), count(others));
        found.slice(1).forEach((step, i) => {
          expect(step).toBeGreaterThanOrEqual(found[i] ?? NaN);
        });
      }),
    );
  });

  test('are left alone where the shown run has one validation only', () => {
    expect(among({ steps: [5], places: [1] }, { steps: [1, 2], places: [1, 2] })).toEqual([1, 2]);
  });

  test('are known by where their validations first hold', () => {
    expect(firstPlaces([null, 5, 5, 9, null], [0, 0.5, 1, 1.5, 2])).toEqual({
      steps: [5, 9],
      places: [0.5, 1.5],
    });
  });
});
