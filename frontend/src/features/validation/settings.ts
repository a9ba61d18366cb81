import {
  choice,
  flag,
  integer,
  optional,
  optionalPositions,
  positions,
  text,
} from '../../settings/codec';
import { declare, setting } from '../../settings/setting';

export const MAX_K = 10;
/** The order of classes: by cluster from easy to hard, or one list without clusters. */
export const CLASS_SORTS = ['cluster', 'name', 'error', 'anomaly'] as const;
export type ClassSort = (typeof CLASS_SORTS)[number];

export const validationSettings = declare('validation', {
  /** Number of clusters; null: as many as the run's data suggest. */
  k: setting(optional(integer(1, MAX_K)), null, 'view', 'k', 4),
  onlyAnomalies: setting(flag, false, 'view', 'a'),
  /** Null opens them all if they are few. */
  openClusters: setting(optionalPositions, null, 'run', 'o'),
  /** Whether classes are open, but for those in `openClasses`, for which it is the other way round. */
  openAll: setting(flag, false, 'run', 'x'),
  openClasses: setting(positions, [], 'run', 'c'),
  /** Classes that stay on top, to be compared. */
  pinned: setting(positions, [], 'run', 'p'),
  search: setting(text, '', 'run', 'q'),
  classSort: setting(choice(CLASS_SORTS), 'cluster', 'view', 'u'),
});
