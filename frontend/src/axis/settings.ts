import { choice, optionalInteger, optionalRange } from '../settings/codec';
import { declare, setting } from '../settings/setting';
import { markersCodec } from './markers';
import { UNITS } from './units';

export const axisSettings = declare('axis', {
  /** The pinned iteration; null follows the latest. */
  step: setting(optionalInteger, null, 'run', 's'),
  /** The visible range of iterations, first and last; null shows all. */
  zoom: setting(optionalRange, null, 'run', 'z'),
  /** Dotted lines through all views, in the order of time. */
  markers: setting(markersCodec, [], 'run', 'd'),
  /** What distances along the axis are in proportion to, in all views. */
  unit: setting(choice(UNITS), 'iteration', 'view'),
});
