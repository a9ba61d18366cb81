/**
 * Colours of data. Wrong and correct are told apart by every kind of colour blindness and in grey.
 * What is learned is a quiet ground; the more is wrong, the stronger the colour.
 */
const RAMPS = {
  light: ['#dceaf2', '#e5e2cf', '#ecd096', '#e2a657', '#cc6f27', '#a63603'],
  dark: ['#2b3d4a', '#4a4b47', '#71603f', '#a07237', '#c87034', '#e0692f'],
} as const;
const NOT_EVALUATED = { light: '#c3c7cd', dark: '#59616b' } as const;
const MISSING_COLOR = { light: '#e3e5e9', dark: '#33383f' } as const;

export type Theme = 'light' | 'dark';

/** Position of the colour of what was not evaluated. */
const MISSING = 256;

/** 256 colours from 0 to 1 and one for NaN, as pixels of `ImageData`. */
export type Palette = Uint32Array;

export const errorPalette = (theme: Theme): Palette =>
  rampPalette(RAMPS[theme], theme, NOT_EVALUATED[theme]);

/** @param stops colours `#rrggbb`, evenly spaced from 0 to 1 */
export function rampPalette(
  stops: readonly string[],
  theme: Theme,
  missing: string = MISSING_COLOR[theme],
): Palette {
  const palette = new Uint32Array(MISSING + 1);
  for (let i = 0; i < MISSING; i++) palette[i] = pack(mix(stops, i / (MISSING - 1)));
  palette[MISSING] = pack(channels(missing));
  return palette;
}

export function colorOf(palette: Palette, rate: number): number {
  const index = Number.isNaN(rate) ? MISSING : Math.round(rate * (MISSING - 1));
  return palette[index] ?? 0;
}

/** A colour of the ramp in CSS. */
export const rampCss = (rate: number, theme: Theme): string =>
  `rgb(${mix(RAMPS[theme], rate).map(Math.round).join(' ')})`;

type Rgb = readonly [number, number, number];

/** The colour at `t`, 0 to 1, between stops `#rrggbb` that are evenly spaced. */
export function mix(stops: readonly string[], t: number): Rgb {
  const at = t * (stops.length - 1);
  const i = Math.max(0, Math.min(Math.floor(at), stops.length - 2));
  const a = channels(stops[i] ?? '');
  const b = channels(stops[i + 1] ?? '');
  const between = (c: 0 | 1 | 2): number => a[c] + (b[c] - a[c]) * (at - i);
  return [between(0), between(1), between(2)];
}

function channels(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

// ImageData is RGBA by byte; every platform a browser runs on is little-endian.
export function pack([r, g, b]: Rgb): number {
  return ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}
