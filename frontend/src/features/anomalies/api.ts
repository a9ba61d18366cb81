/** What other features use of anomalies. */
export { default as AnomalyControls } from './Controls.svelte';
export { default as RankedAnomalies } from './RankedAnomalies.svelte';
export type { AnomalyCount } from './plan';
export { anomaliesSettings } from './settings';
export { AnomaliesState } from './state.svelte';
export { default as Triangles } from './Triangles.svelte';
export type { Anomaly } from './wire';
