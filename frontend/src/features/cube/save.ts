/** The cube as a file, at print quality: drawn anew, finer than the screen. */
import type { Grid } from '../correlation/grid';
import { planCube } from './geometry';
import { planLit } from './highlight';
import { boxOf, planScene } from './scene';
import { fileName, saveBlob, saveText } from '../../charts/export/download';
import { canvasOf, paint, paintBase } from '../../charts/scene/paint';
import { toSvg } from '../../charts/scene/svg';
import type { Scene } from '../../charts/scene/shapes';
import { litGroups } from '../correlation/lit';
import type { Tracker } from '../../run/scope.svelte';
import { inksFor, legendOf } from './look';
import { cubeScales, picturesOf, rangeOf } from './pictures';

/** Dots to a pixel on screen: 300 and more to an inch where a screen has 96. */
const FINENESS = 3.2;

export async function saveCube(
  tracker: Tracker,
  grid: Grid,
  form: 'svg' | 'png',
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  const scene = sceneOf(tracker, grid, size);
  const name = fileName(tracker.settings.run ?? 'run', 'cube');
  if (form === 'svg') {
    const svg = toSvg(scene, (picture) => canvasOf(picture).toDataURL('image/png'));
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

function sceneOf(
  tracker: Tracker,
  grid: Grid,
  { width, height }: { readonly width: number; readonly height: number },
): Scene {
  const { settings, correlations, theme } = tracker;
  const unfolded = settings.unfolded ? 1 : 0;
  const cube = planCube(boxOf(width, height), settings.corner, unfolded);
  const { front, right } = cube;
  const faces = { width: front.width, height: front.height, depth: right.width };
  const scales = cubeScales(tracker, faces);
  const scene = planScene({
    grid,
    cube,
    scales,
    pictures: picturesOf(tracker, grid, scales, FINENESS),
    ratio: FINENESS,
    width,
    height,
    inks: inksFor(theme),
    unfolded,
    layers: tracker.run.data?.layers.length ?? 0,
    className: (index) => tracker.className(index),
  });
  return {
    ...scene,
    base: [...scene.base, ...legendOf(tracker, rangeOf(tracker))],
    lit: planLit(grid, cube, scales, litGroups(correlations, theme), null),
  };
}
