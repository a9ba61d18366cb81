/** Zooming along an axis that runs from 0 to 1. */
import { pannedBy, zoomedBy, type Stretch } from '../../axis/range';

const ALL: Stretch = [0, 1];
/** A few columns of a thousand still fill the screen. */
const LEAST = 0.002;

/**
 * @param at what stays where it is, as a share of what is on screen
 * @param factor above 1 zooms in
 */
export function zoomAxis(zoom: Stretch | null, at: number, factor: number): Stretch | null {
  const [from, to] = zoom ?? ALL;
  return zoomedBy([from, to], ALL, from + at * (to - from), factor, LEAST);
}

/** @param by as a share of what is on screen */
export function panAxis(zoom: Stretch | null, by: number): Stretch | null {
  return zoom && pannedBy(zoom, ALL, by * (zoom[1] - zoom[0]));
}
