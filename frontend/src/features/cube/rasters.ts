/** The pixels of the three faces, each made again only when what it shows has changed. */
import { type TimeScale as Scale } from '../../axis/scale';
import { colormap } from '../../charts/colormaps';
import { axisScale, type Grid, gridColors, gridPixels } from '../correlation/api';
import { colorScale, type ColorScale, roundingOf } from '../layers/api';
import { frontPixels, topPixels } from './faces';
import type { CubeInput, CubeScales } from './scene';
import { errorPalette } from '../../charts/palette';
import type { Raster } from '../../charts/pixels/show';
import type { CubeState } from './state.svelte';

export interface FaceSize {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

export function cubeScales(state: CubeState, { width, height, depth }: FaceSize): CubeScales {
  const { classZoom, layerZoom } = state.correlation.settings;
  const { axis } = state;
  return {
    time: axis.scaleOf(axis.visible ?? [0, 1], width),
    classes: axisScale(classZoom, depth),
    rows: axisScale(layerZoom, height),
  };
}

const fine = (scale: Scale, ratio: number): Scale => ({
  ...scale,
  width: Math.max(1, Math.round(scale.width * ratio)),
});

const raster = (pixels: Uint32Array, across: Scale, down: Scale): Raster => ({
  pixels,
  width: across.width,
  height: down.width,
});

export function frontRaster(
  state: CubeState,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
  colors: ColorScale | null,
): Raster | null {
  const filters = state.correlation.related.data?.filters;
  if (!filters || !colors) return null;
  const [across, down] = [fine(scales.time, ratio), fine(scales.rows, ratio)];
  const palette = colormap(colors.isSigned, state.theme);
  return raster(frontPixels(grid, filters, across, down, colors, palette), across, down);
}

export function topRaster(state: CubeState, grid: Grid, scales: CubeScales, ratio: number): Raster {
  const [across, down] = [fine(scales.time, ratio), fine(scales.classes, ratio)];
  const rates = state.validation.errorRates.data;
  const pixels = rates
    ? topPixels(grid, rates, across, down, errorPalette(state.theme))
    : new Uint32Array(across.width * down.width);
  return raster(pixels, across, down);
}

export function rightRaster(
  state: CubeState,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
): Raster {
  const [across, down] = [fine(scales.classes, ratio), fine(scales.rows, ratio)];
  return raster(gridPixels(grid, across, down, gridColors(state.theme)), across, down);
}

/** As the Layer View's, by order of magnitude where values are not signed: they span many. */
export function colorsOf(state: CubeState): ColorScale | null {
  const filters = state.correlation.related.data?.filters;
  if (!filters) return null;
  const { values, rows, steps } = filters;
  const whole = { byRow: null, byColumn: null };
  const least = roundingOf(state.measure, steps);
  return colorScale({ values, rows, columns: steps.length }, whole, 'log', least);
}

/** All three at once, for a file. */
export const rastersOf = (
  state: CubeState,
  grid: Grid,
  scales: CubeScales,
  ratio: number,
): CubeInput['rasters'] => ({
  front: frontRaster(state, grid, scales, ratio, colorsOf(state)),
  top: topRaster(state, grid, scales, ratio),
  right: rightRaster(state, grid, scales, ratio),
});
