/** All that a link reproduces. A view adds its own fields here, each with a letter of its own. */
import { IMAGE_SORTS } from '../features/images/correctness';
import { CLASS_ORDERS } from '../features/correlation/order';
import { DETAILS } from '../features/correlation/grid';
import {
  choice,
  flag,
  number,
  optionalPositions,
  optionalRange,
  optionalText,
  optionalWhole,
  positions,
  text,
  whole,
  type ValuesOf,
} from './codec';
import { markersField } from '../axis/markers';
import { selectionField } from '../shell/selection';
import { cornerField, picks } from '../features/correlation/settings';

export const VIEWS = ['validation', 'layers', 'correlation', 'cube', 'findings'] as const;
export type View = (typeof VIEWS)[number];

/** What a layer's chart is. */
export const CHARTS = ['line', 'horizon', 'box'] as const;
export const LAYER_ORDERS = ['network', 'value', 'trend'] as const;
/** What a filter's values are divided by; see `layer_filter` in docs/http_api.md. */
export const NORMALIZATIONS = ['none', 'filter', 'iteration'] as const;
export const FILTER_ORDERS = ['index', 'total', 'trend', 'last'] as const;

/** Largest values of the controls. */
export const LIMITS = { k: 10, window: 30, topK: 256, minAppearances: 50, bands: 6 } as const;
/** The order of classes: by cluster from easy to hard, or one list without clusters. */
export const CLASS_SORTS = ['cluster', 'name', 'error', 'anomaly'] as const;
export type ClassSort = (typeof CLASS_SORTS)[number];
export const ROW_ZOOM = { least: 1 / 16, most: 16 } as const;

export const FIELDS = {
  run: optionalText('r'),
  view: choice('v', VIEWS, 'validation'),
  /** The pinned iteration; null follows the latest. */
  step: optionalWhole('s'),
  /** The iterations on screen, first and last; null shows all. */
  zoom: optionalRange('z'),
  /** What the inspector shows. */
  selected: selectionField('e'),
  /** Dotted lines through all views, in the order of time. */
  markers: markersField('d'),
  /** Which of the run's scalars the timeline shows; null takes the likeliest. */
  trainingTag: optionalText('g'),

  /** Number of clusters. */
  k: whole('k', 4, 1, LIMITS.k),
  /** Window of the anomaly rules, in validations. */
  window: whole('w', 5, 1, LIMITS.window),
  /** Least share of a class's images, 0 to 1. */
  minScore: number('m', 0.2, 0, 1),
  onlyAnomalies: flag('a'),
  /** Null opens them all if they are few. */
  openClusters: optionalPositions('o'),
  /** Whether classes are open, but for those in `openClasses`, for which it is the other way round. */
  openAll: flag('x'),
  openClasses: positions('c'),
  /** Classes that stay on top, to be compared. */
  pinned: positions('p'),
  search: text('q', ''),
  classSort: choice('u', CLASS_SORTS, 'cluster'),
  imageSort: choice('i', IMAGE_SORTS, 'learned'),
  /** Height of an image's row, as a multiple of what fits. */
  rowZoom: number('h', 1, ROW_ZOOM.least, ROW_ZOOM.most),

  /** Null opens the modules of the first levels. */
  closedNodes: optionalPositions('n'),
  statistic: text('t', 'weight_sd'),
  sharedScale: flag('y'),
  chart: choice('C', CHARTS, 'line'),
  /** Bands of the horizon graph. */
  bands: whole('H', 3, 1, LIMITS.bands),
  layerOrder: choice('Q', LAYER_ORDERS, 'network'),
  /** The nodes whose lines are drawn into one chart. */
  overlaid: positions('L'),
  structureHidden: flag('S'),

  /** The leaves whose filters are shown. */
  openLayers: positions('F'),
  filterMeasure: text('J', 'change'),
  normalize: choice('I', NORMALIZATIONS, 'filter'),
  filterOrder: choice('P', FILTER_ORDERS, 'index'),
  logColors: flag('G'),
  /** The first layer's filters as images. */
  kernelImages: flag('M'),

  /** Number of filters that are the anomaly filters of an iteration. */
  topK: whole('K', 100, 1, LIMITS.topK),
  /** Mini-sets that appear less often are left out. */
  minAppearances: whole('N', 1, 1, LIMITS.minAppearances),
  detail: choice('D', DETAILS, 'abstract'),
  rowsBy: choice('R', ['layer', 'module'], 'layer'),
  classOrder: choice('O', CLASS_ORDERS, 'difficulty'),
  /** Parts of the axes that are on screen, 0 to 1; null shows all. */
  classZoom: optionalRange('X'),
  layerZoom: optionalRange('Y'),
  /** The two selections that are compared. */
  picksA: picks('A'),
  picksB: picks('B'),
  unfolded: flag('U'),
  corner: cornerField('E'),
};

export type Settings = ValuesOf<typeof FIELDS>;
