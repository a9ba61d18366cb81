/** What other features use of the correlation: its grid, what is picked in it, and what surrounds it. */
export { default as GroupsDetails } from './Details.svelte';
export { default as GridHeader } from './GridHeader.svelte';
export { default as GridStates } from './States.svelte';
export { default as GridTable } from './Table.svelte';
export { gridColors, inksOf } from './colors';
export { type Cursor, moveCursor, pickAt, type Walk } from './cursor';
export {
  axisScale,
  type GridFace,
  type Inks,
  litGrid,
  type LitGroup,
  MAX_OUTLINES,
  MIN_LIT,
  pickColumn,
  pickGrid,
  pickRow,
  separators,
  visible,
} from './face';
export { causeMarks, type MarkOf } from './tested';
export { type Column, type Grid, lineAt, planGrid, spanAt } from './grid';
export { litGroups } from './lit';
export { readingOf } from './readings';
export { ANYTHING, light, type Pick, pickSet, writePick } from './picks';
export { gridPixels } from './pixels';
export {
  NAMES_TO,
  namesOfRows,
  type RowName,
  rowNameShapes,
  sharedInWords,
  TEXT,
} from './rownames';
export type { MiniSetFilters } from './wire';
export { type Names, picksInWords, setOf } from './words';
export { panAxis, zoomAxis } from './zoom';
export { listed } from './keys';
export { correlationSettings } from './settings';
export { CorrelationState, gridViews } from './state.svelte';
