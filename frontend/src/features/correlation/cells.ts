/** A cell of layers and classes: how many anomaly filters it has, and how many chance makes. */
import { unitsAbove, type Expectation } from '../../charts/expected';
import type { LayerIndex } from '../../wire/units';
import type { Chance, Correlation } from './wire';

/** At most so large, something is called significant. */
export const SIGNIFICANT = 0.05;

/** Range, p and q are those of `layer`. */
export interface Cell extends Expectation {
  /** Above what is expected, in units of the range of chance. */
  readonly units: number;
  readonly p: number;
  readonly q: number;
  /** Of a row of several layers, the one that is farthest from what is expected of it. */
  readonly layer: LayerIndex;
  /** What that one has; the same as the cell's in a row of one layer. */
  readonly own: Expectation;
}

/**
 * @param lines the row's layers, as positions in the correlation's list
 * @param column position of the class in that list
 */
export function cellOf(
  { layers, classes, filters }: Correlation,
  chance: Chance | null,
  lines: readonly number[],
  column: number,
): Cell {
  let [observed, expected, low, high] = [0, 0, 0, 0];
  let far: Cell | null = null;
  for (const line of lines) {
    const i = line * classes.length + column;
    const count = filters[i] ?? 0;
    const own = {
      observed: count,
      expected: chance?.expected[i] ?? count,
      low: chance?.low[i] ?? count,
      high: chance?.high[i] ?? count,
    };
    observed += own.observed;
    expected += own.expected;
    low += own.low;
    high += own.high;
    const units = unitsAbove(own);
    if (far && Math.abs(far.units) >= Math.abs(units)) continue;
    const layer = layers[line] ?? 0;
    far = { ...own, units, p: chance?.p[i] ?? 1, q: chance?.q[i] ?? 1, layer, own };
  }
  return { ...(far ?? NOTHING), observed, expected, low, high };
}

const NONE: Expectation = { observed: 0, expected: 0, low: 0, high: 0 };
export const NOTHING: Cell = { ...NONE, units: 0, p: 1, q: 1, layer: 0, own: NONE };
