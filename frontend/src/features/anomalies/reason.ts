/** What counts as an anomaly, and what that leaves, in words. */
import { formatCount, formatRate } from '../../charts/format';

export interface Rules {
  readonly window: number;
  readonly minScore: number;
}

export interface Left {
  readonly anomalies: number;
  readonly iterations: number;
}

export const scoreInWords = (score: number): string => formatRate(score).replace('.0', '');

export const rulesInWords = ({ window, minScore }: Rules): string =>
  `window ${window}, ${scoreInWords(minScore)}`;

/**
 * @param chance How many anomalies chance alone would make; undefined if that is not known.
 */
export function leftInWords({ anomalies, iterations }: Left, chance?: number): string {
  if (anomalies === 0) return chance === undefined ? 'no anomalies' : 'no anomalies beyond chance';
  const found = formatCount(anomalies, 'anomaly', 'anomalies');
  const left = `${found} at ${formatCount(iterations, 'iteration')}`;
  return chance === undefined ? left : `${left}; chance would give ${chanceInWords(chance)}`;
}

/** To a digit; nobody finds less than a twentieth of an anomaly. */
function chanceInWords(chance: number): string {
  if (chance < 0.05) return 'none';
  return chance < 10 ? chance.toFixed(1) : String(Math.round(chance));
}
