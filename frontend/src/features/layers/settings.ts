import {
  choice,
  flag,
  integer,
  optionalFlag,
  optionalPositions,
  positions,
  text,
} from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

/** What a layer's chart is. */
export const CHARTS = ['line', 'horizon', 'box'] as const;
export type Chart = (typeof CHARTS)[number];
export const LAYER_ORDERS = ['network', 'value', 'trend'] as const;
export type LayerOrder = (typeof LAYER_ORDERS)[number];
/** What a filter's values are divided by; see `layer_filter` in docs/http_api.md. */
export const NORMALIZATIONS = ['none', 'filter', 'iteration'] as const;
export type Normalization = (typeof NORMALIZATIONS)[number];
export const FILTER_ORDERS = ['index', 'value', 'total', 'trend', 'last'] as const;
export type FilterOrder = (typeof FILTER_ORDERS)[number];
/** How the filters of a layer are shown. */
export const FORMS = ['pixels', 'ridges'] as const;
export type Form = (typeof FORMS)[number];
export const MAX_BANDS = 6;
export const MAX_ROW_HEIGHT = 16;

export const layersSettings = declare('layers', {
  /** Null opens the modules of the first levels. */
  closedNodes: setting(optionalPositions, null, 'run', 'n'),
  statistic: setting(text, 'weight_sd', 'view', 't'),
  /** Null shares the scale of horizon graphs, which are there to compare layers. */
  sharedScale: setting(optionalFlag, null, 'view', 'y', false),
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
  /** Null is what suits the values. */
  logColors: setting(optionalFlag, null, 'view', 'G', false),
  form: setting(choice(FORMS), 'pixels', 'view'),
  /** CSS pixels to a filter; 0 makes all of them fit where they can. */
  rowHeight: setting(integer(0, MAX_ROW_HEIGHT), 0, 'view'),
});
