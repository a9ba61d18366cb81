import { choice, flag, integer, optionalPositions, positions, text } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

/** What a layer's chart is. */
export const CHARTS = ['line', 'horizon', 'box'] as const;
export type Chart = (typeof CHARTS)[number];
export const LAYER_ORDERS = ['network', 'value', 'trend'] as const;
export type LayerOrder = (typeof LAYER_ORDERS)[number];
/** What a filter's values are divided by; see `layer_filter` in docs/http_api.md. */
export const NORMALIZATIONS = ['none', 'filter', 'iteration'] as const;
export type Normalization = (typeof NORMALIZATIONS)[number];
export const FILTER_ORDERS = ['index', 'total', 'trend', 'last'] as const;
export type FilterOrder = (typeof FILTER_ORDERS)[number];
export const MAX_BANDS = 6;

export const layersSettings = declare('layers', {
  /** Null opens the modules of the first levels. */
  closedNodes: setting(optionalPositions, null, 'run', 'n'),
  statistic: setting(text, 'weight_sd', 'view', 't'),
  sharedScale: setting(flag, false, 'view', 'y'),
  chart: setting(choice(CHARTS), 'line', 'view', 'C'),
  /** Bands of the horizon graph. */
  bands: setting(integer(1, MAX_BANDS), 3, 'view', 'H'),
  order: setting(choice(LAYER_ORDERS), 'network', 'view', 'Q'),
  /** The nodes whose lines are drawn into one chart. */
  overlaid: setting(positions, [], 'run', 'L'),
  structureHidden: setting(flag, false, 'view', 'S'),
  /** The leaves whose filters are shown. */
  openLayers: setting(positions, [], 'run', 'F'),
  /** What of filters is shown, and what they are ranked by. */
  measure: setting(text, 'change', 'view', 'J'),
  normalize: setting(choice(NORMALIZATIONS), 'filter', 'view', 'I'),
  filterOrder: setting(choice(FILTER_ORDERS), 'index', 'view', 'P'),
  logColors: setting(flag, false, 'view', 'G'),
});
