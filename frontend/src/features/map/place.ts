/** Where the map's places are on screen: zooming, panning, going from frame to frame. */

/** What is on screen: a square around a middle, in the map's units. */
export interface Window {
  readonly x: number;
  readonly y: number;
  /** Half of its side. */
  readonly half: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels to a unit of the map. */
export const scaleOf = ({ half }: Window, { width, height }: Size): number =>
  Math.max(1e-6, Math.min(width, height) / 2 / half);

export const toScreen = (
  x: number,
  y: number,
  window: Window,
  size: Size,
): readonly [number, number] => {
  const scale = scaleOf(window, size);
  return [size.width / 2 + (x - window.x) * scale, size.height / 2 + (y - window.y) * scale];
};

export const toMap = (
  left: number,
  top: number,
  window: Window,
  size: Size,
): readonly [number, number] => {
  const scale = scaleOf(window, size);
  return [window.x + (left - size.width / 2) / scale, window.y + (top - size.height / 2) / scale];
};

/** Zooms around a place, which stays where it is on screen; a factor above 1 zooms in. */
export function zoomed(window: Window, factor: number, [x, y]: readonly [number, number]): Window {
  return {
    x: x + (window.x - x) / factor,
    y: y + (window.y - y) / factor,
    half: window.half / factor,
  };
}

/** A square with some room around all places; null without any. */
export function around(x: ArrayLike<number>, y: ArrayLike<number>): Window | null {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] ?? NaN, y[i] ?? NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    left = Math.min(left, a);
    right = Math.max(right, a);
    top = Math.min(top, b);
    bottom = Math.max(bottom, b);
  }
  if (left > right) return null;
  const half = Math.max(right - left, bottom - top, 1e-3) * 0.54;
  return { x: (left + right) / 2, y: (top + bottom) / 2, half };
}

/** The least square that shows both; what was on screen stays there. */
export function united(one: Window | null, other: Window | null): Window | null {
  if (!one || !other) return one ?? other;
  const low = [
    Math.min(one.x - one.half, other.x - other.half),
    Math.min(one.y - one.half, other.y - other.half),
  ] as const;
  const high = [
    Math.max(one.x + one.half, other.x + other.half),
    Math.max(one.y + one.half, other.y + other.half),
  ] as const;
  return {
    x: (low[0] + high[0]) / 2,
    y: (low[1] + high[1]) / 2,
    half: Math.max(high[0] - low[0], high[1] - low[1]) / 2,
  };
}

/** Slow at both ends. */
export const eased = (t: number): number => t * t * (3 - 2 * t);

/** Numbers on the way from one list to another; where either has none, the other's. */
export function between(from: Float32Array, to: Float32Array, t: number): Float32Array {
  if (t >= 1 || from.length !== to.length) return to;
  const share = eased(Math.max(0, t));
  return to.map((end, i) => {
    const start = from[i] ?? NaN;
    if (Number.isNaN(start)) return end;
    return Number.isNaN(end) ? end : start + (end - start) * share;
  });
}
