import { expectedPalette } from '../../charts/expected';
import type { Theme } from '../../charts/palette';
import type { Inks } from './face';
import type { GridColors } from './pixels';

const COLORS = {
  light: {
    ink: '#1c2024',
    muted: '#59616c',
    line: '#c9ced6',
    background: '#ffffff',
    bar: '#7b8794',
  },
  dark: {
    ink: '#e7eaee',
    muted: '#a5aeb9',
    line: '#444b54',
    background: '#1e2125',
    bar: '#8b97a5',
  },
} as const;

export const inksOf = (theme: Theme): Inks => COLORS[theme];

export const gridColors = (theme: Theme): GridColors => ({
  background: COLORS[theme].background,
  mark: COLORS[theme].ink,
  bar: COLORS[theme].bar,
  cells: expectedPalette(theme),
});

/** The two selections and what is under the pointer; B is dashed, so colour is not all that tells. */
export const GROUP_COLORS = {
  light: { A: '#c2185b', B: '#00796b', hovered: '#1c2024' },
  dark: { A: '#ff79b0', B: '#4fd6c0', hovered: '#ffffff' },
} as const;
