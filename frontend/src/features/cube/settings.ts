import { flag, type Codec } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { limitedCorner, type Corner } from './geometry';

/** In thousandths, so that dragging does not fill the address with digits. */
const corner: Codec<Corner> = {
  write: ({ x, y }) => [x, y].map((share) => String(Math.round(share * 1000))),
  read: (words) => {
    const [x = NaN, y = NaN] = words.map((word) => Number(word) / 1000);
    return Number.isFinite(x + y) ? limitedCorner({ x, y }) : undefined;
  },
};

export const cubeSettings = declare('cube', {
  unfolded: setting(flag, false, 'view', 'U'),
  /** Where the inner corner lies. */
  corner: setting(corner, { x: 0.59, y: 0.34 }, 'view', 'E'),
});
