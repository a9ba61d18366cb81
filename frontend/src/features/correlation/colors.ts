import { rampPalette, type Theme } from '../../charts/palette';
import type { Inks } from './face';
import type { GridColors } from './pixels';

const COLORS = {
  light: {
    ink: '#1c2024',
    muted: '#59616c',
    line: '#c9ced6',
    background: '#ffffff',
    mark: '#1763b6',
    setLine: '#7b8794',
    counts: ['#dfeaf6', '#8fb9e3', '#3c83c8', '#134a86', '#0a2647'],
  },
  dark: {
    ink: '#e7eaee',
    muted: '#a5aeb9',
    line: '#444b54',
    background: '#1e2125',
    mark: '#6cb0f7',
    setLine: '#8b97a5',
    counts: ['#26384c', '#2f5b8b', '#4a90d0', '#8cc3f5', '#e2f1ff'],
  },
} as const;

export const inksOf = (theme: Theme): Inks => COLORS[theme];

export const gridColors = (theme: Theme): GridColors => ({
  background: COLORS[theme].background,
  mark: COLORS[theme].mark,
  line: COLORS[theme].setLine,
  counts: rampPalette(COLORS[theme].counts, theme),
});

export const countsCss = (theme: Theme): string =>
  `linear-gradient(to right, ${COLORS[theme].counts.join(', ')})`;

/** The two selections and what is under the pointer; B is dashed, so colour is not all that tells. */
export const GROUP_COLORS = {
  light: { A: '#c2185b', B: '#00796b', hovered: '#1c2024' },
  dark: { A: '#ff79b0', B: '#4fd6c0', hovered: '#ffffff' },
} as const;
