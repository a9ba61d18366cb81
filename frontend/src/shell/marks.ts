/** What tells chosen runs apart wherever they are drawn: a colour, and a shape where it repeats. */
import { LINE_COLORS } from '../charts/colormaps';
import type { Theme } from '../charts/palette';

export interface Mark {
  /** In CSS. */
  readonly color: string;
  /** A path around the origin, 10 wide and high. */
  readonly path: string;
  /** Whether only its outline is drawn. */
  readonly isHollow: boolean;
}

const SQUARE =
  'M-3.5-5h7a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-7a1.5 1.5 0 0 1-1.5-1.5v-7a1.5 1.5 0 0 1 1.5-1.5z';
const DISC = 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z';
const TRIANGLE = 'M0-5L5 4.5H-5z';
const DIAMOND = 'M0-5L5 0L0 5L-5 0z';
const CROSS = 'M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z';

/** Of as many runs with the same colour, up to 50 in all: neighbours are as unlike as can be. */
const SHAPES: readonly (readonly [string, boolean])[] = [
  [SQUARE, false],
  [DISC, true],
  [TRIANGLE, false],
  [SQUARE, true],
  [DIAMOND, false],
  [TRIANGLE, true],
  [CROSS, false],
];

/** @param place among the chosen runs; negative: it is none of them */
export function markOfRun(place: number, theme: Theme): Mark {
  const colors = LINE_COLORS[theme];
  const [path, isHollow] = SHAPES[
    Math.floor(Math.max(0, place) / colors.length) % SHAPES.length
  ] ?? [SQUARE, false];
  const color = place < 0 ? 'var(--missing)' : (colors[place % colors.length] ?? '');
  return { color, path, isHollow };
}

/** The colour of one of two runs beside the other one's: never the same. */
export function colorBeside(color: string, other: string, theme: Theme): string {
  if (color !== other) return color;
  const colors: readonly string[] = LINE_COLORS[theme];
  return colors[(colors.indexOf(color) + 1) % colors.length] ?? color;
}
