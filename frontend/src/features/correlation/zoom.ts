/** Zooming along an axis that runs from 0 to 1. */
import { pannedBy, zoomedBy, type Range } from '../../axis/range';

const ALL: Range = [0, 1];
/** A few columns of a thousand still fill the screen. */
const MIN_WIDTH = 0.002;

/**
 * @param at what stays where it is, as a share of what is on screen
 * @param factor above 1 zooms in
 */
export function zoomAxis(zoom: Range | null, at: number, factor: number): Range | null {
  const [from, to] = zoom ?? ALL;
  return zoomedBy([from, to], ALL, from + at * (to - from), factor, MIN_WIDTH);
}

/** @param by as a share of what is on screen */
export function panAxis(zoom: Range | null, by: number): Range | null {
  return zoom && pannedBy(zoom, ALL, by * (zoom[1] - zoom[0]));
}
