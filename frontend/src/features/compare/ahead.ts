/** Which run is ahead: differences of error rates, and their colours. */
import { rampPalette, type Palette, type Theme } from '../../charts/palette';
import type { Step } from '../../wire/units';

/** Error rates of one class, or of all. */
export interface Rates {
  readonly steps: readonly Step[];
  readonly values: Float32Array;
}

/** The other run's error less the shown one's: above 0 where the shown run is ahead, NaN where either is not known. */
export const difference = (shown: Rates, other: Rates): Float32Array =>
  shown.values.map((value, i) => (other.values[i] ?? NaN) - value);

const NICE = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;
/** Share of the differences that the strongest colours may have. */
const SATURATED = 0.02;

/** The difference that has the strongest colour: a round one that few are beyond. */
export function domainOf(differences: readonly Float32Array[]): number {
  // There may be a million of them: they are counted, not sorted.
  const within = new Float64Array(NICE.length + 1);
  for (const each of differences) {
    for (const difference of each) {
      if (!Number.isFinite(difference)) continue;
      const size = Math.abs(difference);
      const at = NICE.findIndex((nice) => nice >= size);
      const bin = at < 0 ? NICE.length : at;
      within[bin] = (within[bin] ?? 0) + 1;
    }
  }
  const known = within.reduce((sum, each) => sum + each, 0);
  const rank = Math.floor((1 - SATURATED) * (known - 1));
  let counted = 0;
  return NICE.find((_, i) => (counted += within[i] ?? 0) > rank) ?? 1;
}

/** A difference's position among the colours, 0 to 1; NaN stays. */
export const positionOf = (difference: number, domain: number): number =>
  Number.isNaN(difference) ? NaN : Math.min(1, Math.max(0, 0.5 + difference / domain / 2));

const EVEN = { light: '#f3f1ec', dark: '#2a2e33' } as const;

/** From the other run's colour, where it is ahead, to the shown one's. */
export const aheadPalette = (shown: string, other: string, theme: Theme): Palette =>
  rampPalette([other, EVEN[theme], shown], theme);

/** The same as a CSS background. */
export const aheadCss = (shown: string, other: string, theme: Theme): string =>
  `linear-gradient(to right, ${other}, ${EVEN[theme]}, ${shown})`;
