/** What is picked in the Correlation View and on the cube, as fields of the address. */
import { readPick, writePick, type Pick } from './picks';
import { limitedCorner, type Corner } from '../cube/geometry';
import type { Field } from '../../settings/codec';

export const picks = (letter: string): Field<readonly Pick[]> => ({
  letter,
  initial: [],
  write: (value) => value.map(writePick),
  read: (values) => values.map(readPick).filter((pick) => pick !== undefined),
});

/** In thousandths, so that dragging does not fill the address with digits. */
export const cornerField = (letter: string): Field<Corner> => ({
  letter,
  initial: { x: 0.59, y: 0.34 },
  write: ({ x, y }) => [x, y].map((share) => String(Math.round(share * 1000))),
  read: (values) => {
    const [x = NaN, y = NaN] = values.map((value) => Number(value) / 1000);
    return Number.isFinite(x + y) ? limitedCorner({ x, y }) : undefined;
  },
});
