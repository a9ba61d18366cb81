import { integer } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const HEIGHTS = { min: 60, max: 480, initial: 110 } as const;

export const timelineSettings = declare('timeline', {
  /** Of the curves, in CSS pixels. */
  height: setting(integer(HEIGHTS.min, HEIGHTS.max), HEIGHTS.initial, 'person'),
});
