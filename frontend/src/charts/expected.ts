/**
 * Colours of what was observed against what was expected: pale within the range that chance makes,
 * orange for more, blue for fewer. One unit is from what is expected to the end of that range.
 */
import { colormap } from './colormaps';
import { colorOf, type Palette, type Theme } from './palette';

/** Units that have the full colour. */
export const FULL = 2;
/** What one unit has of it: what chance makes is hardly a colour. */
const PALE = 0.1;

/** Below so much, the range of chance is too narrow to measure by: one more or less is never loud. */
const LEAST_UNIT = 1;

export interface Expectation {
  readonly observed: number;
  readonly expected: number;
  /** The range of chance. */
  readonly low: number;
  readonly high: number;
}

/** Units above what is expected; negative below; within 1 of it where chance makes as much. */
export function unitsAbove({ observed, expected, low, high }: Expectation): number {
  const above = observed - expected;
  if (above === 0) return 0;
  return above / Math.max(LEAST_UNIT, above > 0 ? high - expected : expected - low);
}

/** Place in the palette, 0 to 1. */
export function shadeOfUnits(units: number): number {
  const size = Math.min(FULL, Math.abs(units));
  const share = size <= 1 ? PALE * size : PALE + ((1 - PALE) * (size - 1)) / (FULL - 1);
  return 0.5 + (Math.sign(units) * share) / 2;
}

/** Of `shadeOfUnits`. */
export const expectedPalette = (theme: Theme): Palette => colormap(true, theme);

/** The colours along an axis in units, from -FULL to FULL, for a legend: 256 pixels. */
export function expectedRamp(theme: Theme): Uint32Array {
  const palette = expectedPalette(theme);
  return Uint32Array.from({ length: 256 }, (_, i) =>
    colorOf(palette, shadeOfUnits(FULL * ((2 * i) / 255 - 1))),
  );
}

/** The same as a CSS background. */
export function expectedCss(theme: Theme): string {
  const stops = Array.from(
    expectedRamp(theme),
    (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`,
  );
  return `linear-gradient(to right, ${stops.filter((_, i) => i % 8 === 0 || i === 255).join(', ')})`;
}
