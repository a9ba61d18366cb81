/** Colours and legend of the cube in a theme. */
import { expectedRamp } from '../../charts/expected';
import { colormap } from '../../charts/colormaps';
import { type Inks, inksOf } from '../correlation/api';
import type { ColorScale } from '../layers/api';
import { legend } from './legend';
import { errorPalette, type Theme } from '../../charts/palette';
import type { Shape } from '../../charts/scene/shapes';
import type { CubeState } from './state.svelte';

const CROSSHAIR = { light: '#1763b6', dark: '#85b8f3' } as const;

export const inksFor = (theme: Theme): Inks & { readonly crosshair: string } => ({
  ...inksOf(theme),
  crosshair: CROSSHAIR[theme],
});

export const legendOf = ({ theme, measure }: CubeState, colors: ColorScale | null): Shape[] =>
  legend({
    measure,
    colors,
    values: colormap(colors?.isSigned ?? false, theme),
    errors: errorPalette(theme),
    chance: expectedRamp(theme),
    inks: inksFor(theme),
  });
