import { choice, flag, optional, positions, type Codec } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { COLORINGS } from './colors';
import type { Window } from './place';

export const SPEEDS = ['1', '2', '4', '8'] as const;

/** Middle and half the side of what is on screen, in the map's own units. */
const windowCodec: Codec<Window> = {
  write: ({ x, y, half }) => [x, y, half].map((value) => String(Number(value.toPrecision(5)))),
  read: (words) => {
    const [x = NaN, y = NaN, half = NaN] = words.map(Number);
    return [x, y, half].every(Number.isFinite) && half > 0 ? { x, y, half } : undefined;
  },
};

export const mapSettings = declare('map', {
  coloring: setting(choice(COLORINGS), 'label', 'view'),
  background: setting(flag, true, 'view'),
  /** Classes in colour; none: all of them. */
  classes: setting(positions, [], 'run'),
  wrong: setting(flag, false, 'view'),
  flipped: setting(flag, false, 'view'),
  lowMargin: setting(flag, false, 'view'),
  moved: setting(flag, false, 'view'),
  /** Whether dots are dimmed whose neighbours the map does not keep. */
  dim: setting(flag, false, 'view'),
  trails: setting(flag, false, 'view'),
  /** Frames a second. */
  speed: setting(choice(SPEEDS), '2', 'person'),
  /** Null shows all. */
  zoom: setting(optional(windowCodec), null, 'run'),
});
