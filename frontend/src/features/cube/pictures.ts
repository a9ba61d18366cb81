/** The pictures of the three faces, each made again only when what it shows has changed. */
import { type TimeScale as Scale } from '../../axis/scale';
import { colormap } from '../../charts/colormaps';
import { gridColors } from '../correlation/colors';
import { axisScale } from '../correlation/face';
import type { Grid } from '../correlation/grid';
import { gridPixels } from '../correlation/pixels';
import { frontPixels, topPixels, valueRange, type ValueRange } from './faces';
import type { CubeInput, CubeScales } from './scene';
import { errorPalette } from '../../charts/palette';
import type { Picture } from '../../charts/pixels/show';
import type { Tracker } from '../../run/scope.svelte';

export interface FaceSize {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

export function cubeScales(tracker: Tracker, { width, height, depth }: FaceSize): CubeScales {
  const { classZoom, layerZoom } = tracker.settings;
  const [from, to] = [tracker.scale?.from ?? 0, tracker.scale?.to ?? 1];
  return {
    time: { from, to, width },
    classes: axisScale(classZoom, depth),
    rows: axisScale(layerZoom, height),
  };
}

const fine = (scale: Scale, ratio: number): Scale => ({
  ...scale,
  width: Math.max(1, Math.round(scale.width * ratio)),
});

const picture = (pixels: Uint32Array, across: Scale, down: Scale): Picture => ({
  pixels,
  width: across.width,
  height: down.width,
});

export function frontPicture(
  tracker: Tracker,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
  range: ValueRange | null,
): Picture | null {
  const filters = tracker.correlations.related.data?.filters;
  if (!filters || !range) return null;
  const [across, down] = [fine(scales.time, ratio), fine(scales.rows, ratio)];
  const palette = colormap(range.signed, tracker.theme);
  return picture(frontPixels(grid, filters, across, down, range, palette), across, down);
}

export function topPicture(
  tracker: Tracker,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
): Picture {
  const [across, down] = [fine(scales.time, ratio), fine(scales.classes, ratio)];
  const rates = tracker.errorRates.data;
  const pixels = rates
    ? topPixels(grid, rates, across, down, errorPalette(tracker.theme))
    : new Uint32Array(across.width * down.width);
  return picture(pixels, across, down);
}

export function rightPicture(
  tracker: Tracker,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
): Picture {
  const [across, down] = [fine(scales.classes, ratio), fine(scales.rows, ratio)];
  return picture(gridPixels(grid, across, down, gridColors(tracker.theme)), across, down);
}

export const rangeOf = (tracker: Tracker): ValueRange | null => {
  const filters = tracker.correlations.related.data?.filters;
  return filters ? valueRange(filters.values) : null;
};

/** All three at once, for a file. */
export const picturesOf = (
  tracker: Tracker,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
): CubeInput['pictures'] => ({
  front: frontPicture(tracker, grid, scales, ratio, rangeOf(tracker)),
  top: topPicture(tracker, grid, scales, ratio),
  right: rightPicture(tracker, grid, scales, ratio),
});
