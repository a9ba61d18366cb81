import { choice, integer, optional, optionalRange } from '../../settings/codec';
import { declare, setting } from '../../settings/setting';
import { DETAILS } from './grid';
import { CLASS_ORDERS } from './order';
import { picksCodec } from './picks';

export const MAX_TOP_K = 256;
export const MAX_MIN_APPEARANCES = 50;

export const correlationSettings = declare('correlation', {
  /** Number of filters that are the anomaly filters of an iteration; null: as the run suggests. */
  topK: setting(optional(integer(1, MAX_TOP_K)), null, 'view', 'K', 100),
  /** Mini-sets that appear less often are left out. */
  minAppearances: setting(integer(1, MAX_MIN_APPEARANCES), 1, 'view', 'N'),
  detail: setting(choice(DETAILS), 'abstract', 'view', 'D'),
  rowsBy: setting(choice(['layer', 'module']), 'layer', 'view', 'R'),
  classOrder: setting(choice(CLASS_ORDERS), 'difficulty', 'view', 'O'),
  /** Parts of the axes that are on screen, 0 to 1; null shows all. */
  classZoom: setting(optionalRange, null, 'run', 'X'),
  layerZoom: setting(optionalRange, null, 'run', 'Y'),
  /** The two selections that are compared. */
  picksA: setting(picksCodec, [], 'run', 'A'),
  picksB: setting(picksCodec, [], 'run', 'B'),
});
