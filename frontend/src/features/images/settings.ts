import { choice, number, positions } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { IMAGE_SORTS } from './correctness';

const MIN_ROW_ZOOM = 1 / 16;
const MAX_ROW_ZOOM = 16;

export const imagesSettings = declare('images', {
  sort: setting(choice(IMAGE_SORTS), 'learned', 'view', 'i'),
  /** Height of an image's row, as a multiple of what fits. */
  rowZoom: setting(number(MIN_ROW_ZOOM, MAX_ROW_ZOOM), 1, 'view', 'h'),
  /** Images that a person picked, by their rows in the image set, for all views. */
  picked: setting(positions, [], 'run'),
});

export const limitedRowZoom = (zoom: number): number =>
  Math.min(MAX_ROW_ZOOM, Math.max(MIN_ROW_ZOOM, zoom));
