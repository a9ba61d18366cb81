/** How far colours are from each other for eyes of every kind. For tests. */
export type Rgb = readonly [number, number, number];

/**
 * What is seen of linear red, green and blue where a kind of cones is missing: Machado, Oliveira and
 * Fernandes, A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009, table of
 * severity 1.
 */
export const SEEN: Record<string, readonly Rgb[]> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** The distance in L*a*b* that is just noticed. */
export const NOTICED = 2.3;

const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const times = (matrix: readonly Rgb[], [r, g, b]: Rgb): number[] =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b);

/** CIE L*a*b* of a colour in sRGB, 0 to 1, as it is seen. */
function lab(color: Rgb, seen: readonly Rgb[]): number[] {
  const [r = 0, g = 0, b = 0] = color.map(linear);
  const own = times(seen, [r, g, b]).map((c) => Math.min(1, Math.max(0, c)));
  const xyz = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    [own[0] ?? 0, own[1] ?? 0, own[2] ?? 0],
  );
  const white = [0.9505, 1, 1.089];
  const [x = 0, y = 0, z = 0] = xyz.map((c, i) => {
    const t = c / (white[i] ?? 1);
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export const distance = (a: Rgb, b: Rgb, seen: readonly Rgb[]): number => {
  const other = lab(b, seen);
  return Math.hypot(...lab(a, seen).map((c, i) => c - (other[i] ?? 0)));
};
export const ofHex = (hex: string): Rgb => {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
};

/** The least distance of any two colours `#rrggbb`. */
export function leastDistance(colors: readonly string[], seen: readonly Rgb[]): number {
  const own = colors.map(ofHex);
  return Math.min(...own.flatMap((a, i) => own.slice(i + 1).map((b) => distance(a, b, seen))));
}

/** How far apart two colours `#rrggbb` are in luminance (WCAG 2), 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [one, other].map((color) => {
    const [r = 0, g = 0, b = 0] = ofHex(color).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  });
  return Math.max((a ?? 1) / (b ?? 1), (b ?? 1) / (a ?? 1));
}
