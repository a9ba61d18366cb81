/**
 * Dots as pixels: each is blended from a stamp drawn once for its form, size and place within a
 * pixel. In plain arrays this is faster than a canvas's own circles by far, and needs no GPU.
 */
export const FORMS = ['disc', 'cross', 'ring'] as const;
export type Form = (typeof FORMS)[number];

/** Places within a pixel, along each side: so dots move smoothly. */
const PARTS = 4;
/** Samples along each side of a pixel. */
const SAMPLES = 4;

interface Stamp {
  /** Pixels along each side. */
  readonly size: number;
  /** Share of each pixel that the form covers, 0 to 255. */
  readonly cover: Uint8Array;
}

const isIn: Readonly<Record<Form, (x: number, y: number, radius: number) => boolean>> = {
  disc: (x, y, radius) => x * x + y * y <= radius * radius,
  cross: (x, y, radius) => {
    const [a, b] = [Math.abs(x + y), Math.abs(x - y)];
    const [long, thick] = [1.9 * radius, Math.max(0.8, 0.5 * radius)];
    return (a <= long && b <= thick) || (b <= long && a <= thick);
  },
  ring: (x, y, radius) => {
    const distance = Math.hypot(x, y);
    return distance <= radius && distance >= Math.min(0.6 * radius, radius - 0.8);
  },
};

/** All places of a form within a pixel: position `y * PARTS + x`. */
export function stampsOf(form: Form, radius: number): readonly Stamp[] {
  const reach = Math.ceil(1.5 * radius + 1);
  const size = 2 * reach + 1;
  return Array.from({ length: PARTS * PARTS }, (_, part) => {
    const [dx, dy] = [(part % PARTS) / PARTS, Math.floor(part / PARTS) / PARTS];
    const cover = new Uint8Array(size * size);
    for (let i = 0; i < cover.length; i++) {
      let within = 0;
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const x = (i % size) - reach + ((s % SAMPLES) + 0.5) / SAMPLES - dx;
        const y = Math.floor(i / size) - reach + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES - dy;
        if (isIn[form](x, y, radius)) within++;
      }
      cover[i] = Math.round((255 * within) / SAMPLES ** 2);
    }
    return { size, cover };
  });
}

export interface Dots {
  /** In pixels; NaN without a place. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** As `ImageData` has them. */
  readonly colors: Uint32Array;
  /** Positions in `FORMS`. */
  readonly forms: Uint8Array;
  /** How much is seen of each, 0 to 255; the strongest lie on top. */
  readonly strengths: Uint8Array;
}

/** Blends dots into pixels, those that are seen least first. */
export function stampDots(
  pixels: Uint32Array,
  width: number,
  stamps: readonly (readonly Stamp[])[],
  dots: Dots,
): void {
  const levels = [...new Set(dots.strengths)].sort((a, b) => a - b);
  for (const level of levels) {
    if (level === 0) continue;
    // What is right lies below what is wrong, which there is less of.
    for (let form = 0; form < stamps.length; form++) {
      const own = stamps[form];
      if (own) stampAll(pixels, width, own, dots, level, form);
    }
  }
}

function stampAll(
  pixels: Uint32Array,
  width: number,
  stamps: readonly Stamp[],
  { x, y, colors, forms, strengths }: Dots,
  strength: number,
  form: number,
): void {
  const size = stamps[0]?.size ?? 1;
  const reach = (size - 1) / 2;
  const height = pixels.length / width;
  const n = forms.length;
  for (let i = 0; i < n; i++) {
    if (forms[i] !== form || strengths[i] !== strength) continue;
    const [px, py] = [x[i] as number, y[i] as number];
    const [left, top] = [Math.floor(px), Math.floor(py)];
    if (!(left >= reach && top >= reach && left < width - reach && top < height - reach)) continue;
    const part = Math.floor((py - top) * PARTS) * PARTS + Math.floor((px - left) * PARTS);
    const cover = (stamps[part] as Stamp).cover;
    const color = colors[i] as number;
    let k = 0;
    for (let row = top - reach; row <= top + reach; row++) {
      let at = row * width + left - reach;
      for (let column = 0; column < size; column++, k++, at++) {
        const covered = cover[k] as number;
        if (covered === 0) continue;
        const alpha = strength === 255 ? covered : (covered * strength) >> 8;
        pixels[at] = alpha === 255 ? color : blend(pixels[at] as number, color, alpha);
      }
    }
  }
}

/** A colour over another, both with straight alpha as `ImageData` has it. */
export function blend(below: number, color: number, alpha: number): number {
  const under = below >>> 24;
  if (under === 0) return ((color & 0xffffff) | (alpha << 24)) >>> 0;
  const rest = ((255 - alpha) * under) / 255;
  const total = alpha + rest;
  const share = alpha / total;
  const mix = (shift: number): number => {
    const old = (below >>> shift) & 255;
    return (old + (((color >>> shift) & 255) - old) * share + 0.5) << shift;
  };
  const r = mix(0) & 0xff;
  const g = mix(8) & 0xff00;
  const b = mix(16) & 0xff0000;
  return (r | g | b | ((total + 0.5) << 24)) >>> 0;
}
