import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { pickAt, moveCursor, stopsOf, type Cursor, type Walk } from './cursor';
import { chanceOf, correlationOf, correlations } from './fixtures';
import { DETAILS, planGrid } from './grid';
import {
  ANYTHING,
  isEmpty,
  light,
  pickSet,
  readPick,
  samePick,
  writePick,
  type Pick,
} from './picks';

const place = fc.option(fc.nat());
const picks: fc.Arbitrary<Pick> = fc
  .record({ layer: place, filter: place, class: place, step: fc.option(fc.maxSafeInteger()) })
  .filter((pick) => !isEmpty(pick) && (pick.filter === null || pick.layer !== null));

const grids = fc
  .record({ correlation: correlations, detail: fc.constantFrom(...DETAILS) })
  .map(({ correlation, detail }) =>
    planGrid({
      correlation,
      chance: chanceOf(correlation),
      detail,
      order: [...correlation.classes.keys()],
      rowOf: (layer) => String(layer),
    }),
  );

describe('a pick', () => {
  test('comes back from the address as it was', () => {
    fc.assert(
      fc.property(picks, (pick) => {
        expect(readPick(writePick(pick))).toEqual(pick);
      }),
    );
  });

  test('is nothing if the words make no sense', () => {
    for (const words of ['', '...', '.3..', '-1...', '1.5...', 'x...', '1...0.5', '1..2']) {
      expect(readPick(words)).toBeUndefined();
    }
  });
});

describe('what is lit', () => {
  test('is what the relation has of the pick, on every axis', () => {
    const drawn = grids.chain((grid) => {
      const set = fc.option(fc.constantFrom(...grid.sets));
      const column = fc.option(fc.constantFrom(...grid.columns));
      const step = fc.option(fc.constantFrom(...grid.steps));
      return fc.tuple(fc.constant(grid), set, column, step, fc.boolean());
    });
    fc.assert(
      fc.property(drawn, ([grid, set, column, step, whole]) => {
        const pick = {
          layer: set?.layer ?? null,
          filter: whole ? null : (set?.filters.at(-1) ?? null),
          class: column?.class ?? null,
          step,
        };
        const lit = light(grid, [pick]);
        const sets = new Set<number>();
        const columns = new Set<number>();
        const steps = new Set<number>();
        let marks = 0;
        grid.sets.forEach((each, i) => {
          if (set && each.layer !== set.layer) return;
          if (set && !whole && each !== set) return;
          grid.columns.forEach((other, j) => {
            if (column && other !== column) return;
            for (const at of each.steps.filter((it) => other.steps.includes(it))) {
              if (step !== null && at !== step) continue;
              sets.add(i);
              columns.add(j);
              steps.add(at);
              marks++;
            }
          });
          if (set) sets.add(i);
        });
        if (column) columns.add(grid.columns.indexOf(column));
        if (step !== null) steps.add(step);
        if (!set && !isEmpty(pick)) {
          // A class's iterations are its own even where no filter is known to have moved.
          grid.columns.forEach((other, j) => {
            if (column && other !== column) return;
            for (const at of other.steps) {
              if (step !== null && at !== step) continue;
              columns.add(j);
              steps.add(at);
            }
          });
        }
        if (isEmpty(pick)) {
          expect(lit.sets.size + lit.columns.size + lit.steps.size + lit.marks.length).toBe(0);
        } else {
          expect(lit.sets).toEqual(sets);
          expect(lit.columns).toEqual(columns);
          expect(lit.steps).toEqual(steps);
          expect(lit.marks.length).toBe(marks);
        }
      }),
    );
  });

  test('of several picks is what each of them lights', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const one = { ...ANYTHING, class: grid.columns[0]?.class ?? 0 };
        const other = pickSet(grid.sets[0] as never);
        const both = light(grid, [one, other]);
        const apart = [light(grid, [one]), light(grid, [other])];
        expect(both.sets).toEqual(new Set(apart.flatMap((lit) => [...lit.sets])));
        expect(both.columns).toEqual(new Set(apart.flatMap((lit) => [...lit.columns])));
      }),
    );
  });
});

describe('the arrow keys', () => {
  const walks: readonly Walk[] = ['grid', 'filters', 'classes'];

  test('stay within the face and always pick something', () => {
    const keys = fc.array(
      fc.constantFrom('ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End'),
    );
    fc.assert(
      fc.property(grids, fc.constantFrom(...walks), keys, (grid, walk, pressed) => {
        let cursor: Cursor | null = null;
        for (const key of pressed) {
          cursor = moveCursor(grid, walk, cursor, key, 3);
          expect(cursor && pickAt(grid, walk, cursor).some((pick) => !isEmpty(pick))).toBe(true);
        }
      }),
    );
  });

  test('go through the marks of a mini-set', () => {
    const correlation = correlationOf(
      [
        { layer: 0, filters: [1, 2], steps: [10, 30] },
        { layer: 2, filters: [5], steps: [20] },
      ],
      [[10, 20], [20], [10, 30]],
    );
    const grid = planGrid({
      correlation,
      chance: null,
      detail: 'advanced',
      order: [0, 1, 2],
      rowOf: String,
    });
    const stops = stopsOf(grid, 'grid', 0).flat();
    expect(stops.map(writePick)).toEqual(['0.1.1.10', '0.1.7.10', '0.1.7.30']);
    let cursor = moveCursor(grid, 'grid', null, 'ArrowDown', 1);
    for (const key of ['ArrowRight', 'ArrowRight'])
      cursor = moveCursor(grid, 'grid', cursor, key, 1);
    expect(cursor && pickAt(grid, 'grid', cursor).map(writePick)).toEqual(['0.1.7.10']);
    expect(moveCursor(grid, 'grid', cursor, 'x', 1)).toBeNull();
    expect(samePick(pickSet(grid.sets[1] as never), { ...ANYTHING, layer: 2, filter: 5 })).toBe(
      true,
    );
  });
});
