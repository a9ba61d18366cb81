/** What is lit, with the colours it is lit in. */
import type { Theme } from '../../charts/palette';
import { GROUP_COLORS } from './colors';
import type { LitGroup } from './face';
import { samePicks } from './picks';
import type { CorrelationState } from './state.svelte';

export function litGroups(correlation: CorrelationState, theme: Theme): readonly LitGroup[] {
  const { litA, litB, litHovered, hovered } = correlation;
  // What is picked already keeps the colour of its selection under the pointer.
  const isPicked = (['A', 'B'] as const).some((group) =>
    samePicks(hovered, correlation.picksOf(group)),
  );
  const colors = GROUP_COLORS[theme];
  const groups: LitGroup[] = [];
  if (litA) groups.push({ name: 'A', lit: litA, color: colors.A });
  if (litB) groups.push({ name: 'B', lit: litB, color: colors.B, dash: [4, 2] });
  if (litHovered && !isPicked)
    groups.push({ name: 'hovered', lit: litHovered, color: colors.hovered });
  return groups;
}
