/** What is read under the pointer in the charts of the view. */
import { formatCount, formatRate, formatShape, formatStep, formatValue } from '../../charts/format';
import type { Reading } from '../../charts/readout/plan';
import { AXIS_PADDING } from '../../charts/values/scale';
import type { Layer } from '../../run/wire';
import type { FilterIndex, Step } from '../../wire/units';
import type { StatisticsBeside } from './beside';
import type { FiveNumbers } from './box/plan';
import { rowOf, seriesOf, type FilterChart } from './filters';
import type { Node } from './network/nodes';
import { FILTERS_PADDING, RIDGES_HEIGHT, type LayerRow } from './plan';
import { BINS, binOf, type Ridge, type Ridges } from './ridges/plan';
import { nameOf } from './statistics';

/** Where the pointer is in the plot of a row. */
export interface Pointed {
  readonly row: LayerRow;
  /** In the page's CSS pixels. */
  readonly x: number;
  readonly y: number;
  /** Its height in the row's plot: see `readRidge`. */
  readonly share: number;
}

/** Height of the pointer in the plot of a layer's ridges: 0 at the bottom of the axis, 1 at the top. */
export function shareOf({ clientY }: MouseEvent, plot: Element): number {
  const top = plot.getBoundingClientRect().top + FILTERS_PADDING + AXIS_PADDING;
  return 1 - (clientY - top) / (RIDGES_HEIGHT - 2 * AXIS_PADDING);
}

/** "conv1, iteration 1,200" */
export const titleOf = (name: string, step: Step | null): string =>
  step === null ? name : `${name}, iteration ${formatStep(step)}`;

/** A module or a layer of the network. */
export const readNode = (node: Node, layer: Layer | null): readonly Reading[] => [
  { label: 'type', value: node.type },
  ...(node.layers > 1 ? [{ label: 'layers', value: formatStep(node.layers) }] : []),
  { label: 'filters', value: formatStep(node.filters) },
  ...(layer ? [{ label: 'weights', value: formatShape(layer.weight_shape) }] : []),
];

/** The five numbers of a box at a dump. */
export const readBox = (numbers: FiveNumbers, at: number): readonly Reading[] =>
  (
    [
      ['maximum', numbers.max],
      ['upper quartile', numbers.q3],
      ['median', numbers.median],
      ['lower quartile', numbers.q1],
      ['minimum', numbers.min],
    ] as const
  ).map(([label, values]) => ({ label, value: formatValue(values[at] ?? NaN) }));

/** Each reading of the shown run, and below it that of the other one. */
export const besideEach = (
  own: readonly Reading[],
  others: readonly Reading[],
  { name, colors }: Pick<StatisticsBeside, 'name' | 'colors'>,
): readonly Reading[] =>
  own.flatMap((each, i) => [
    { ...each, color: colors[0] },
    { label: `in ${name}`, value: others[i]?.value ?? '–', color: colors[1] },
  ]);

/** A filter's value at a column, and what share of the largest it is where shares are shown. */
export function readFilter(
  chart: FilterChart,
  filter: FilterIndex,
  at: number,
): readonly Reading[] {
  const { data, divisors } = chart;
  const value = seriesOf(data, filter)[at] ?? NaN;
  const [filters, dumps] = data.block;
  const largest = divisors.byRow?.[rowOf(chart, filter)] ?? divisors.byColumn?.[at];
  const mean = filters * dumps > 1 ? `mean ${nameOf(data.measure)}` : nameOf(data.measure);
  return [
    { label: `${mean} of filter ${filter}`, value: formatValue(value) },
    ...(largest === undefined
      ? []
      : [
          {
            label: divisors.byRow ? "of the filter's largest" : "of the iteration's largest",
            value: formatRate(Math.abs(value) / largest),
          },
        ]),
  ];
}

/** About how many filters of a ridge are at a height, as a share from the axis' bottom. */
export function readRidge(ridges: Ridges, ridge: Ridge, height: number): readonly Reading[] {
  if (!ridges.range) return [];
  const [low, high] = ridges.range;
  const drawn = low + Math.max(0, Math.min(1, height)) * (high - low);
  const bin = binOf(ridges.range, drawn);
  const value = (at: number): string => {
    const end = low + (at / BINS) * (high - low);
    return formatValue(ridges.isLog ? 10 ** end : end);
  };
  const count = ridge.density[bin] ?? 0;
  return [
    {
      label: `${value(bin)} to ${value(bin + 1)}`,
      value: `about ${count < 10 ? count.toFixed(1) : formatStep(count)}`,
      unit: 'filters',
    },
    ...(ridge.off > 0
      ? [{ label: 'at 0, not drawn', value: formatCount(ridge.off, 'filter') }]
      : []),
  ];
}
