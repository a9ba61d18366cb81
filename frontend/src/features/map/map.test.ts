import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changesOf, ClassColors, dotColors, dotForms, marginDomain, MOST } from './colors';
import { dotBeside, dotsWithin, gridOf, isWithin, nearestDot } from './hit';
import { around, between, scaleOf, toMap, toScreen, united, zoomed } from './place';
import { apart, nameplates, regions, toDots } from './regions';
import { about, filtered, FULL, least, strengthsOf } from './shown';
import { blend, stampDots, stampsOf } from './stamps';
import type { Frame } from './wire';

const frameOf = (parts: Partial<Frame> & { label: Int32Array }): Frame => {
  const n = parts.label.length;
  return {
    step: 1,
    ids: Array.from({ length: n }, (_, i) => i),
    rows: Int32Array.from({ length: n }, (_, i) => i),
    x: new Float32Array(n),
    y: new Float32Array(n),
    predicted: parts.label,
    margin: new Float32Array(n).fill(NaN),
    kept: new Float32Array(n).fill(1),
    images: n,
    notFinite: 0,
    copies: 0,
    recall: null,
    ...parts,
  };
};
const float = fc.float({ min: -1000, max: 1000, noNaN: true });
const places = fc.array(fc.tuple(float, float), { minLength: 1, maxLength: 40 });
const NONE = { classes: [], wrong: false, flipped: false, lowMargin: false, moved: false };

describe('places', () => {
  const window = fc.record({
    x: float,
    y: float,
    half: fc.float({ min: 1, max: 100, noNaN: true }),
  });
  const size = { width: 640, height: 400 };

  it('goes to the screen and back', () => {
    fc.assert(
      fc.property(window, float, float, (at, x, y) => {
        const [left, top] = toScreen(x, y, at, size);
        const [a, b] = toMap(left, top, at, size);
        expect(a).toBeCloseTo(x, 5);
        expect(b).toBeCloseTo(y, 5);
      }),
    );
  });

  it('keeps what is under the pointer where it is when zooming', () => {
    fc.assert(
      fc.property(window, fc.double({ min: 0.2, max: 5, noNaN: true }), (at, factor) => {
        const place = toMap(100, 300, at, size);
        const [left, top] = toScreen(...place, zoomed(at, factor, place), size);
        expect(left).toBeCloseTo(100, 4);
        expect(top).toBeCloseTo(300, 4);
      }),
    );
  });

  it('shows all places, and goes on showing those of other frames', () => {
    fc.assert(
      fc.property(places, places, (one, other) => {
        const windows = [one, other].map((list) =>
          around(
            list.map(([x]) => x),
            list.map(([, y]) => y),
          ),
        );
        const whole = united(windows[0] ?? null, windows[1] ?? null);
        expect(whole).not.toBeNull();
        if (!whole) return;
        expect(scaleOf(whole, size)).toBeGreaterThan(0);
        for (const [x, y] of [...one, ...other]) {
          const [left, top] = toScreen(x, y, whole, size);
          expect(left).toBeGreaterThanOrEqual(-0.01);
          expect(left).toBeLessThanOrEqual(640.01);
          expect(top).toBeGreaterThanOrEqual(-0.01);
          expect(top).toBeLessThanOrEqual(400.01);
        }
      }),
    );
    expect(around([NaN], [NaN])).toBeNull();
  });

  it('goes from one frame to the next, and leaves what stays', () => {
    const [from, to] = [Float32Array.of(1, 2, NaN, 4), Float32Array.of(1, 4, 5, NaN)];
    expect([...between(from, to, 0)]).toEqual([1, 2, 5, NaN]);
    expect([...between(from, to, 0.5)]).toEqual([1, 3, 5, NaN]);
    expect(between(from, to, 1)).toBe(to);
    expect(between(new Float32Array(2), to, 0.5)).toBe(to);
  });
});

describe('hits', () => {
  it('finds the nearest dot, as going through all does', () => {
    const inside = fc.double({ min: 0, max: 199, noNaN: true });
    const dots = fc.array(fc.tuple(inside, inside), { maxLength: 60 });
    fc.assert(
      fc.property(dots, inside, inside, (list, left, top) => {
        const [x, y] = [list.map(([a]) => a), list.map(([, b]) => b)];
        const found = nearestDot(gridOf(x, y, 200, 200), left, top, 20);
        const far = (i: number): number => Math.hypot((x[i] ?? 0) - left, (y[i] ?? 0) - top);
        const best = Math.min(...x.map((_, i) => far(i)), Infinity);
        if (best > 20) expect(found).toBe(-1);
        else expect(far(found)).toBeCloseTo(best, 9);
      }),
    );
  });

  it('leaves out what is not there', () => {
    const grid = gridOf([10, NaN, 500], [10, 10, 10], 100, 100, (dot) => dot !== 0);
    expect(grid.dots).toHaveLength(0);
    expect(nearestDot(grid, 10, 10)).toBe(-1);
  });

  it('goes to the next dot in a direction', () => {
    const grid = gridOf([50, 70, 50, 20], [50, 50, 20, 52], 100, 100);
    expect(dotBeside(grid, 0, [1, 0])).toBe(1);
    expect(dotBeside(grid, 0, [0, -1])).toBe(2);
    expect(dotBeside(grid, 0, [-1, 0])).toBe(3);
    expect(dotBeside(grid, 0, [0, 1])).toBe(-1);
  });

  it('takes what is drawn around, also with a dent', () => {
    const dented = [
      [0, 0],
      [80, 0],
      [80, 80],
      [40, 20],
      [0, 80],
    ] as const;
    expect(isWithin(dented, 40, 10)).toBe(true);
    expect(isWithin(dented, 40, 60)).toBe(false);
    const grid = gridOf([40, 40, 5, 75], [10, 60, 60, 60], 100, 100);
    expect(dotsWithin(grid, dented)).toEqual([0, 2, 3]);
  });
});

describe('colours', () => {
  const label = Int32Array.of(0, 1, 1, 2);
  const before = frameOf({ label, predicted: Int32Array.of(0, 1, 0, 1) });
  const now = frameOf({ label, predicted: Int32Array.of(0, 2, 1, 1), step: 2 });

  it('tells what happened since the frame before', () => {
    expect([...changesOf(now, before)]).toEqual([2, 1, 0, 3]);
    expect([...changesOf(now, null)]).toEqual([2, 3, 2, 3]);
    const unknown = frameOf({ label, predicted: Int32Array.of(-1, 1, 1, 1) });
    expect(changesOf(unknown, before)[0]).toBe(4);
  });

  it('gives wrong dots another form', () => {
    expect([...dotForms(now)]).toEqual([0, 1, 0, 1]);
    expect(dotForms(frameOf({ label, predicted: Int32Array.of(-1, 1, 1, 1) }))[0]).toBe(2);
  });

  it('has a colour for each class, and for chosen ones of many', () => {
    const all = new ClassColors('light', []);
    const own = Array.from({ length: MOST }, (_, i) => all.css(i));
    expect(new Set(own).size).toBe(MOST);
    expect(all.css(MOST)).toBe(all.css(0));
    const chosen = new ClassColors('light', [3, 3 + MOST]);
    expect(chosen.css(3)).not.toBe(chosen.css(3 + MOST));
    expect(chosen.css(4)).toBe(chosen.css(5));
    expect(new ClassColors('light', [4]).css(4)).toBe(all.css(4));
  });

  it('colours labels, predictions and margins', () => {
    const classes = new ClassColors('light', []);
    const by = (coloring: 'label' | 'prediction' | 'margin') =>
      dotColors({ ...now, margin }, coloring, 'light', classes, changesOf(now, before));
    const margin = Float32Array.of(-2, 0, 2, NaN);
    expect(by('label')[1]).toBe(by('label')[2]);
    expect(by('prediction')[1]).not.toBe(by('prediction')[2]);
    expect(new Set(by('margin')).size).toBe(4);
    expect(marginDomain(frameOf({ label }))).toBe(1);
  });
});

describe('what is seen', () => {
  const label = Int32Array.of(0, 1, 1, 2);
  const margin = Float32Array.of(3, -1, 0.1, NaN);
  const frame = frameOf({ label, predicted: Int32Array.of(0, 2, 1, -1), margin });
  const changes = Uint8Array.of(2, 1, 0, 4);

  it('is what filters leave', () => {
    const of = (filters: Partial<typeof NONE>) =>
      [...filtered(frame, null, changes, { ...NONE, ...filters })].join('');
    expect(of({})).toBe('1111');
    expect(of({ wrong: true })).toBe('0100');
    expect(of({ flipped: true })).toBe('0110');
    expect(of({ lowMargin: true })).toBe('0010');
    expect(filtered(frame, null, changes, { ...NONE, classes: [2] }).join('')).toBe('0101');
    expect(of({ moved: true })).toBe('0000');
    const moved = { ...frame, x: Float32Array.of(0, 0, 1, 9) };
    expect(filtered(moved, frame, changes, { ...NONE, moved: true }).join('')).toBe('0001');
  });

  it('finds the least tenth', () => {
    const values = Float32Array.from({ length: 40 }, (_, i) => (i * 7) % 40);
    expect(least(values).reduce((sum, each) => sum + each, 0)).toBe(4);
  });

  it('is what is selected elsewhere', () => {
    const of = (selection: Parameters<typeof about>[1]) =>
      about(frame, selection, () => [0, 2])?.join('') ?? null;
    expect(of({ kind: 'class', class: 1 })).toBe('0110');
    expect(of({ kind: 'cluster', cluster: 0 })).toBe('1001');
    expect(of({ kind: 'confused', label: 1, predicted: 2 })).toBe('0100');
    expect(of({ kind: 'layer', node: 1 })).toBeNull();
    expect(of(null)).toBeNull();
  });

  it('is dimmed where the map does not keep the neighbours', () => {
    const kept = Float32Array.of(1, 3 / 15, 4 / 15, 1);
    const [all, lit] = [Uint8Array.of(1, 1, 1, 0), Uint8Array.of(0, 1, 1, 1)];
    const of = (strengths: Uint8Array) => Array.from(strengths, (each) => each === FULL);
    expect(of(strengthsOf({ ...frame, kept }, all, null, true))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(of(strengthsOf({ ...frame, kept }, all, lit, false))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('pixels', () => {
  it('blends as ImageData has it: straight alpha', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 0, max: 255 }),
        (alpha, red) => {
          const [below, color] = [0xff00c800 | 0, (0xff000000 | red) >>> 0];
          const mixed = blend(below >>> 0, color, alpha);
          expect(mixed >>> 24).toBe(255);
          expect(Math.abs((mixed & 255) - (red * alpha) / 255)).toBeLessThanOrEqual(1);
          expect(Math.abs(((mixed >> 8) & 255) - 200 * (1 - alpha / 255))).toBeLessThanOrEqual(1);
        },
      ),
    );
    expect(blend(0, 0xff112233, 100)).toBe(((100 << 24) | 0x112233) >>> 0);
  });

  it('covers the area of a form, wherever in a pixel it lies', () => {
    for (const { cover } of stampsOf('disc', 3)) {
      const area = cover.reduce((sum, each) => sum + each, 0) / 255;
      expect(Math.abs(area - Math.PI * 9)).toBeLessThan(0.8);
    }
  });

  it('draws the stronger dot over the fainter, whatever their order', () => {
    const pixels = new Uint32Array(400);
    const [faint, full] = [0xff0000ff, 0xff00ff00];
    stampDots(pixels, 20, [stampsOf('disc', 2)], {
      x: [10, 10, NaN],
      y: [10, 10, 3],
      colors: Uint32Array.of(full, faint, faint),
      forms: new Uint8Array(3),
      strengths: Uint8Array.of(255, 70, 255),
    });
    expect(pixels[10 * 20 + 10]).toBe(full);
    expect(pixels.filter((pixel) => pixel !== 0).length).toBeLessThan(40);
  });
});

describe('regions', () => {
  const frame = frameOf({
    label: Int32Array.of(0, 0, 1),
    x: Float32Array.of(0.5, 0.6, 9.5),
    y: Float32Array.of(5.5, 5.5, 5.5),
  });
  const data = {
    step: 1,
    extent: [0, 0, 10, 10],
    cells: 10,
    predicted: Int32Array.from({ length: 100 }, (_, i) => (i % 10 < 5 ? 0 : 1)),
    margin: new Float32Array(100).fill(1),
  };

  it('knows how far the nearest dot is', () => {
    const distance = toDots(data, frame);
    expect(distance[50]).toBe(0);
    expect(distance[53]).toBe(3);
    expect(distance[22]).toBeCloseTo(2 * Math.SQRT2 + 1, 5);
    expect(distance[59]).toBe(0);
  });

  it('is pale at borders and where no dot is near', () => {
    const margin = data.margin.slice();
    margin[53] = 0;
    const { pixels } = regions({ ...data, margin }, frame, new ClassColors('light', []), true);
    const alpha = (cell: number): number => (pixels[cell] ?? 0) >>> 24;
    expect(alpha(52)).toBeGreaterThan(alpha(53));
    expect(alpha(53)).toBeGreaterThan(0);
    expect(alpha(5)).toBe(0);
    const chosen = regions(data, frame, new ClassColors('light', [1]), true).pixels;
    expect(chosen[52]).toBe(0);
    expect(chosen[57]).not.toBe(0);
    const unknown = { ...data, predicted: new Int32Array(100).fill(-1) };
    expect(
      regions(unknown, frame, new ClassColors('light', []), true).pixels.every((p) => p === 0),
    ).toBe(true);
  });

  it('is named in its middle', () => {
    const plates = nameplates(frame, frame.x, frame.y);
    expect([...plates.keys()]).toEqual([0, 1]);
    const long = 'a name that goes on and on';
    const one = { text: 'cat', left: 50, top: 50 };
    expect(apart([one, { ...one, top: 60 }, { text: long, left: 50, top: 90 }])).toEqual([
      one,
      { text: 'a name that goe…', left: 50, top: 90 },
    ]);
    expect(plates.get(1)).toEqual([9.5, 5.5]);
  });
});
