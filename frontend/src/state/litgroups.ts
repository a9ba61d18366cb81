/** What is lit, with the colours it is lit in. */
import { GROUP_COLORS } from '../charts/correlation/colors';
import type { LitGroup } from '../charts/correlation/face';
import type { Theme } from '../charts/palette';
import type { Correlations } from './correlations.svelte';

export function litGroups(
  { litA, litB, litHovered }: Correlations,
  theme: Theme,
): readonly LitGroup[] {
  const colors = GROUP_COLORS[theme];
  const groups: LitGroup[] = [];
  if (litA) groups.push({ name: 'A', lit: litA, color: colors.A });
  if (litB) groups.push({ name: 'B', lit: litB, color: colors.B, dash: [4, 2] });
  if (litHovered) groups.push({ name: 'hovered', lit: litHovered, color: colors.hovered });
  return groups;
}
