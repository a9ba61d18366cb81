import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { GAP, placed, type Box, type Place, type Size } from './plan';

const frame: Box = { left: 0, top: 0, width: 400, height: 300 };
const size: Size = { width: 100, height: 40 };
const point = (left: number, top: number): Box => ({ left, top, width: 0, height: 0 });

const overlaps = ({ left, top }: Place, { width, height }: Size, about: Box): boolean =>
  left < about.left + about.width &&
  left + width > about.left &&
  top < about.top + about.height &&
  top + height > about.top;

describe('a read-out', () => {
  test('is to the right of the pointer, at its height', () => {
    expect(placed(point(50, 150), size, frame)).toEqual({ left: 50 + GAP, top: 130 });
  });

  test('goes to the left where there is no room, and keeps within the frame', () => {
    expect(placed(point(380, 150), size, frame)).toEqual({ left: 380 - GAP - 100, top: 130 });
    expect(placed(point(50, 2), size, frame).top).toBe(0);
    expect(placed(point(50, 299), size, frame).top).toBe(260);
  });

  test('stands under what fills the width, or over it', () => {
    const row = { left: 0, top: 20, width: 400, height: 30 };
    expect(placed(row, size, frame)).toEqual({ left: 150, top: 50 + GAP });
    expect(placed({ ...row, top: 260 }, size, frame)).toEqual({ left: 150, top: 260 - GAP - 40 });
  });

  test('never leaves a frame that is large enough, nor covers what it is about if it need not', () => {
    const length = (max: number) => fc.double({ min: 1, max, noNaN: true });
    fc.assert(
      fc.property(
        length(300).chain((left) => fc.tuple(fc.constant(left), length(400 - left))),
        length(250).chain((top) => fc.tuple(fc.constant(top), length(300 - top))),
        length(150),
        length(120),
        ([left, width], [top, height], ownWidth, ownHeight) => {
          const about = { left, top, width, height };
          const own = { width: ownWidth, height: ownHeight };
          const place = placed(about, own, frame);
          expect(place.left).toBeGreaterThanOrEqual(0);
          expect(place.top).toBeGreaterThanOrEqual(0);
          expect(place.left + ownWidth).toBeLessThanOrEqual(400 + 1e-9);
          expect(place.top + ownHeight).toBeLessThanOrEqual(300 + 1e-9);
          const room =
            Math.max(left, 400 - left - width) >= ownWidth + GAP ||
            Math.max(top, 300 - top - height) >= ownHeight + GAP;
          if (room) expect(overlaps(place, own, about)).toBe(false);
        },
      ),
    );
  });
});
