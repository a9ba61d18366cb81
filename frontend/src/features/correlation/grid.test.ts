import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { timeScale } from '../../axis/scale';
import { expectedPalette, shadeOfUnits, unitsAbove } from '../../charts/expected';
import { colorOf } from '../../charts/palette';
import { chanceOf, correlations } from './fixtures';
import type { Cell } from './cells';
import { DETAILS, planGrid, spanAt, timesTogether, type Grid, type Group, type Span } from './grid';
import { gridPixels } from './pixels';

const grids = fc
  .record({
    correlation: correlations,
    detail: fc.constantFrom(...DETAILS),
    byModule: fc.boolean(),
  })
  .map(({ correlation, detail, byModule }) => {
    const order = [...correlation.classes.keys()].reverse();
    const rowOf = (layer: number): string => `row ${byModule ? layer % 2 : layer}`;
    const chance = chanceOf(correlation);
    const grid = planGrid({ correlation, chance, detail, order, rowOf });
    return { correlation, chance, order, grid, rowOf };
  });

const isPartition = (spans: readonly Span[]): void => {
  expect(spans[0]?.from).toBe(0);
  expect(spans.at(-1)?.to).toBeCloseTo(1, 10);
  spans.slice(1).forEach((span, i) => expect(span.from).toBeCloseTo(spans[i]?.to ?? NaN, 10));
};

describe('the grid', () => {
  test('fills both axes without gaps, in proportion to what a row or column holds', () => {
    fc.assert(
      fc.property(grids, ({ grid }) => {
        isPartition(grid.groups);
        isPartition(grid.sets);
        isPartition(grid.columns);
        if (grid.detail === 'abstract') return;
        const height = ({ from, to }: Span): number => to - from;
        const steps = grid.columns.reduce((sum, column) => sum + column.steps.length, 0);
        for (const set of grid.sets) {
          const group = grid.groups[set.group] as Group;
          expect(height(set)).toBeCloseTo((height(group) * set.filters.length) / group.filters, 10);
        }
        const least = Math.min(...grid.groups.map(height));
        for (const group of grid.groups) {
          for (const other of grid.groups.filter((it) => height(it) > least + 1e-9)) {
            const share = height(group) / height(other);
            // In proportion, but for those that would be too thin.
            if (height(group) > least + 1e-9)
              expect(share).toBeCloseTo(group.filters / other.filters, 9);
            else expect(share).toBeGreaterThanOrEqual(group.filters / other.filters - 1e-9);
          }
        }
        expect(least).toBeGreaterThan(0.25 / grid.groups.length);
        for (const column of grid.columns) {
          expect(column.to - column.from).toBeCloseTo(column.steps.length / steps, 10);
        }
      }),
    );
  });

  test('has every mini-set once, in its row, with the row of its values', () => {
    fc.assert(
      fc.property(grids, ({ correlation, grid, rowOf }) => {
        const found = grid.sets.map(({ index }) => index);
        expect(found.toSorted((a, b) => a - b)).toEqual([...correlation.miniSets.keys()]);
        for (const set of grid.sets) {
          const group = grid.groups[set.group];
          expect(group?.name).toBe(rowOf(set.layer));
          expect(group?.layers).toContain(set.layer);
          const before = correlation.miniSets.slice(0, set.index);
          expect(set.row).toBe(before.reduce((sum, { filters }) => sum + filters.length, 0));
        }
      }),
    );
  });

  test('counts filters and common iterations as plain loops over the sets do', () => {
    fc.assert(
      fc.property(grids, ({ grid }) => {
        grid.groups.forEach((group, y) => {
          grid.columns.forEach((column, x) => {
            const sets = grid.sets.filter((set) => group.layers.includes(set.layer));
            let filters = 0;
            for (const set of sets) {
              const common = set.steps.filter((step) => column.steps.includes(step));
              expect(timesTogether(set, column)).toBe(common.length);
              if (common.length > 0) filters += set.filters.length;
            }
            expect(grid.counts[y * grid.columns.length + x]).toBe(filters);
          });
        });
      }),
    );
  });

  test('has of each cell what chance makes of its layers, and the farthest of these', () => {
    fc.assert(
      fc.property(grids, ({ correlation, chance, order, grid }) => {
        grid.groups.forEach((group, y) => {
          order.forEach((column, x) => {
            const at = (layer: number): number =>
              correlation.layers.indexOf(layer) * order.length + column;
            const cell = grid.cells[y * order.length + x] as Cell;
            const sum = (values: ArrayLike<number>): number =>
              group.layers.reduce((total, layer) => total + (values[at(layer)] ?? NaN), 0);
            expect(cell.observed).toBe(sum(correlation.filters));
            expect(cell.expected).toBeCloseTo(sum(chance.expected), 9);
            const own = at(cell.layer);
            expect(group.layers).toContain(cell.layer);
            expect(cell.q).toBe(chance.q[own]);
            expect(cell.own.low).toBe(chance.low[own]);
            const units = group.layers.map((layer) =>
              Math.abs(
                unitsAbove({
                  observed: correlation.filters[at(layer)] ?? NaN,
                  expected: chance.expected[at(layer)] ?? NaN,
                  low: chance.low[at(layer)] ?? NaN,
                  high: chance.high[at(layer)] ?? NaN,
                }),
              ),
            );
            expect(Math.abs(cell.units)).toBe(Math.max(...units));
          });
        });
      }),
    );
  });

  test('finds the span that holds a place', () => {
    fc.assert(
      fc.property(grids, fc.double({ min: 0, max: 0.999, noNaN: true }), ({ grid }, at) => {
        const found = grid.sets[spanAt(grid.sets, at)];
        expect(found && found.from <= at && at < found.to).toBe(true);
      }),
    );
    expect(spanAt([], 0.5)).toBe(-1);
    expect(spanAt([{ from: 0, to: 1 }], -0.1)).toBe(-1);
    expect(spanAt([{ from: 0, to: 1 }], 1)).toBe(-1);
  });
});

describe('its pixels', () => {
  const colors = {
    background: '#ffffff',
    mark: '#000000',
    bar: '#808080',
    cells: expectedPalette('light'),
  };
  const paint = (grid: Grid, width: number, height: number): Uint32Array =>
    gridPixels(grid, timeScale(0, 1, width), timeScale(0, 1, height), colors);
  const ground = (grid: Grid, width: number, height: number): Uint32Array =>
    paint({ ...grid, detail: 'abstract' }, width, height);

  test('show every mark, however small its rectangle', () => {
    const advanced = grids.filter(({ grid }) => grid.detail === 'advanced');
    fc.assert(
      fc.property(advanced, fc.integer({ min: 3, max: 60 }), ({ grid }, size) => {
        const [pixels, under] = [paint(grid, size, size), ground(grid, size, size)];
        for (const set of grid.sets) {
          for (const column of grid.columns) {
            if (timesTogether(set, column) === 0) continue;
            const rows = [Math.floor(set.from * size), Math.ceil(set.to * size)] as const;
            const cols = [Math.floor(column.from * size), Math.ceil(column.to * size)] as const;
            let isShown = false;
            for (let y = rows[0]; y < Math.min(size, rows[1]); y++) {
              for (let x = cols[0]; x < Math.min(size, cols[1]); x++) {
                isShown ||= pixels[y * size + x] !== under[y * size + x];
              }
            }
            expect(isShown).toBe(true);
          }
        }
      }),
    );
  });

  test('are the colour of what a cell has against what is expected', () => {
    fc.assert(
      fc.property(grids, ({ grid }) => {
        const size = 240;
        const pixels = ground(grid, size, size);
        const middle = ({ from, to }: Span): number => Math.floor(((from + to) / 2) * size);
        grid.groups.forEach((group, y) => {
          grid.columns.forEach((column, x) => {
            const { units } = grid.cells[y * grid.columns.length + x] as Cell;
            if (group.to - group.from < 3 / size || column.to - column.from < 3 / size) return;
            const pixel = pixels[middle(group) * size + middle(column)];
            expect(pixel).toBe(colorOf(colors.cells, shadeOfUnits(units)));
          });
        });
      }),
    );
  });
});
