/** Colours of magnitudes and of signed values. */
import { mix, pack, rampPalette, type Palette, type Theme } from './palette';

/** Viridis: from little to much, even for every kind of colour blindness and in grey. */
const MAGNITUDE = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
] as const;

/** From negative over zero to positive. */
const SIGNED = {
  light: ['#0b4f94', '#4a90c9', '#a6cde6', '#f3f1ec', '#fbc189', '#e8842f', '#9c4300'],
  dark: ['#9fd0ff', '#4a90c9', '#1d4f7c', '#2a2e33', '#7d4716', '#e8842f', '#ffd3a1'],
} as const;

const HORIZON = {
  light: {
    positive: ['#fdd9b5', '#f0913f', '#7f3300'],
    negative: ['#cfe1f2', '#4a90c9', '#083a70'],
  },
  dark: {
    positive: ['#5a3716', '#c8742c', '#ffdcb3'],
    negative: ['#173a5c', '#3f82ba', '#cde5fb'],
  },
} as const;

const stops = (isSigned: boolean, theme: Theme): readonly string[] =>
  isSigned ? SIGNED[theme] : MAGNITUDE;

export const colormap = (isSigned: boolean, theme: Theme): Palette =>
  rampPalette(stops(isSigned, theme), theme);

/** The colours as a CSS background, for the legend. */
export const colormapCss = (isSigned: boolean, theme: Theme): string =>
  `linear-gradient(to right, ${stops(isSigned, theme).join(', ')})`;

/** Colours of the bands, the one next to zero first. */
export interface HorizonPalette {
  readonly positive: Uint32Array;
  readonly negative: Uint32Array;
}

export function horizonPalette(bands: number, theme: Theme): HorizonPalette {
  const of = (colors: readonly string[]): Uint32Array =>
    Uint32Array.from({ length: bands }, (_, i) =>
      pack(mix(colors, bands > 1 ? i / (bands - 1) : 0.5)),
    );
  return { positive: of(HORIZON[theme].positive), negative: of(HORIZON[theme].negative) };
}

/** The bands' colours in CSS, from the most negative to the most positive. */
export function horizonCss(bands: number, theme: Theme): readonly string[] {
  const css = (packed: number): string =>
    `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
  const { positive, negative } = horizonPalette(bands, theme);
  return [...Array.from(negative, css).reverse(), ...Array.from(positive, css)];
}

/** Colours of lines in one chart (Okabe and Ito), told apart by every kind of colour blindness. */
export const LINE_COLORS = {
  light: ['#0072b2', '#d55e00', '#007d5a', '#b04a86', '#6e5000', '#2f9bd6', '#5b4db5', '#5a5a5a'],
  dark: ['#56b4e9', '#ff8c42', '#2cc79a', '#e79ac6', '#f0e442', '#9ad0f5', '#8f80ee', '#c9c9c9'],
} as const;
