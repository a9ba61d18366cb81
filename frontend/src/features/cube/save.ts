/** The cube as a file, at print quality: drawn anew, finer than the screen. */
import { CausesState } from '../causes/api';
import { type Grid, litGroups } from '../correlation/api';
import { planCube } from './geometry';
import { planLit } from './highlight';
import { boxOf, planScene } from './scene';
import { fileName, saveBlob, saveText } from '../../charts/export/download';
import { canvasOf, paint, paintBase } from '../../charts/scene/paint';
import { toSvg } from '../../charts/scene/svg';
import type { Scene } from '../../charts/scene/shapes';
import type { CubeState } from './state.svelte';
import { inksFor, legendOf } from './look';
import { cubeScales, rastersOf, colorsOf } from './rasters';

/** Dots to a pixel on screen: 300 and more to an inch where a screen has 96. */
const FINENESS = 3.2;

export async function saveCube(state: CubeState, grid: Grid, form: 'svg' | 'png'): Promise<void> {
  const scene = sceneOf(state, grid);
  const name = fileName(state.run.name, 'cube');
  if (form === 'svg') {
    const svg = toSvg(scene, (raster) => canvasOf(raster).toDataURL('image/png'));
    saveText(`${name}.svg`, 'image/svg+xml', svg);
    return;
  }
  const canvas = document.createElement('canvas');
  paint(canvas, paintBase(scene, FINENESS), scene);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve);
  });
  if (blob) saveBlob(`${name}.png`, blob);
}

function sceneOf(state: CubeState, grid: Grid): Scene {
  const { run, settings, correlation, theme, width, height } = state;
  const unfolded = settings.unfolded ? 1 : 0;
  const cube = planCube(boxOf(width, height), settings.corner, unfolded);
  const { front, right } = cube;
  const faces = { width: front.width, height: front.height, depth: right.width };
  const scales = cubeScales(state, faces);
  const scene = planScene({
    grid,
    cube,
    scales,
    rasters: rastersOf(state, grid, scales, FINENESS),
    ratio: FINENESS,
    width,
    height,
    inks: inksFor(theme),
    unfolded,
    layers: run.data?.layers.length ?? 0,
    className: (index) => run.className(index),
    markOf: (layers, index) => run.state(CausesState).markOf(layers, index),
    ticks: state.axis.ticks(scales.time),
    unit: state.axis.unit,
  });
  return {
    ...scene,
    base: [...scene.base, ...legendOf(state, colorsOf(state))],
    lit: planLit(grid, cube, scales, litGroups(correlation, theme), null),
  };
}
