/** The scales of the cube's colours, as shapes, so that a saved picture explains itself. */
import { formatValue } from '../../charts/format';
import type { Inks } from '../correlation/api';
import type { Palette } from '../../charts/palette';
import type { Shape } from '../../charts/scene/shapes';
import { FULL } from '../../charts/expected';
import type { ColorScale } from '../layers/api';

const BAR = { width: 60, height: 8 } as const;
const LINE = 15;
const TOP = 7;
const BAR_FROM = 164;
const SIZE = 10.5;
/** Where it ends, in CSS pixels. */
export const LEGEND_BOTTOM = TOP + 2 * LINE + BAR.height + 3;

export interface LegendInput {
  readonly measure: string;
  /** Of the filters' values. */
  readonly colors: ColorScale | null;
  readonly values: Palette;
  readonly errors: Palette;
  /** From fewer filters than expected to more. */
  readonly chance: Uint32Array;
  readonly inks: Inks;
}

export function legend({ measure, colors, values, errors, chance, inks }: LegendInput): Shape[] {
  const text = (x: number, y: number, words: string, color: string): Shape => ({
    kind: 'text',
    at: { x, y: y + BAR.height },
    text: words,
    color,
    size: SIZE,
    anchor: 'start',
  });
  const bar = (
    y: number,
    name: string,
    palette: Uint32Array,
    low: string,
    high: string,
  ): Shape[] => [
    text(8, y, name, inks.ink),
    {
      kind: 'raster',
      raster: { pixels: palette.slice(0, 256), width: 256, height: 1 },
      matrix: { a: BAR.width / 256, b: 0, c: 0, d: BAR.height, e: BAR_FROM, f: y },
    },
    { ...(text(BAR_FROM - 5, y, low, inks.muted) as Shape & { kind: 'text' }), anchor: 'end' },
    text(BAR_FROM + BAR.width + 5, y, high, inks.muted),
  ];
  const name = `front: ${measure.replaceAll('_', ' ')}`;
  // The shortest line last, where the top face comes close.
  return [
    ...bar(TOP, 'right: vs. expected', chance, 'fewer', `more (${FULL} × 95% range)`),
    ...(colors ? bar(TOP + LINE, name, values, lowOf(colors), `≥ ${formatValue(colors.max)}`) : []),
    ...bar(TOP + 2 * LINE, 'top: error rate', errors, '0%', '100%'),
  ];
}

/** What the first colour stands for. */
const lowOf = ({ isSigned, isLog, min, max }: ColorScale): string =>
  isSigned || isLog ? `≤ ${formatValue(isSigned ? -max : min)}` : '0';
