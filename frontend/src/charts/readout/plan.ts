/** What a read-out says, and where it stands: beside what it is about, never over it, and within the frame. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle on screen in CSS pixels; a point has no width and height. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** What a read-out says of one thing. */
export interface Reading {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  /** Of its mark in the chart, in CSS. */
  readonly color?: string;
}

/** The same as a sentence, for screen readers. */
export const inWords = (title: string, readings: readonly Reading[]): string =>
  [
    title,
    ...readings.map(({ label, value, unit }) => [label, value, unit].filter(Boolean).join(' ')),
  ]
    .filter(Boolean)
    .join(', ');

export interface Place {
  readonly left: number;
  readonly top: number;
}

/** Between what is read and its read-out. */
export const GAP = 12;

/**
 * To the right of what it is about, or else to its left, under it, over it: the first of these that
 * has room; where none has, the one that hides least of it.
 *
 * @param about what is read: the cell under the pointer, or the point where the pointer is
 * @param size of the read-out
 * @param frame what it must not leave
 */
export function placed(about: Box, size: Size, frame: Box): Place {
  const beside = within(about.top + about.height / 2 - size.height / 2, size.height, frame, 'top');
  const along = within(about.left + about.width / 2 - size.width / 2, size.width, frame, 'left');
  const right = about.left + about.width + GAP;
  const left = about.left - GAP - size.width;
  const under = about.top + about.height + GAP;
  const over = about.top - GAP - size.height;
  const places: readonly Place[] = [
    { left: right, top: beside },
    { left, top: beside },
    { left: along, top: under },
    { left: along, top: over },
  ];
  const fits = places.find((place) => isInside(place, size, frame));
  if (fits) return fits;
  const moved = places.map((place) => ({
    left: within(place.left, size.width, frame, 'left'),
    top: within(place.top, size.height, frame, 'top'),
  }));
  return moved.reduce((best, place) =>
    hidden(place, size, about) < hidden(best, size, about) ? place : best,
  );
}

/** A position moved until the read-out is in the frame; its beginning is what counts. */
function within(at: number, length: number, frame: Box, side: 'left' | 'top'): number {
  const end = frame[side] + (side === 'left' ? frame.width : frame.height);
  return Math.max(frame[side], Math.min(at, end - length));
}

const isInside = ({ left, top }: Place, size: Size, frame: Box): boolean =>
  left >= frame.left &&
  top >= frame.top &&
  left + size.width <= frame.left + frame.width &&
  top + size.height <= frame.top + frame.height;

/** Area of `about` under the read-out. */
function hidden({ left, top }: Place, { width, height }: Size, about: Box): number {
  const across = Math.min(left + width, about.left + about.width) - Math.max(left, about.left);
  const down = Math.min(top + height, about.top + about.height) - Math.max(top, about.top);
  return Math.max(0, across) * Math.max(0, down);
}
