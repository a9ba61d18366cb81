import { toX, type TimeScale } from '../../axis/scale';
import type { Anomaly, Rule } from './wire';

/** Height of a triangle in CSS pixels. */
export const TRIANGLE_HEIGHT = 5;
const MIN_WIDTH = 3;
const WIDTH_PER_SCORE = 11;

export const triangleWidth = (score: number): number => MIN_WIDTH + WIDTH_PER_SCORE * score;

/** Marks of the same strength are drawn as one; their opacities, from weak to strong. */
export const STRENGTHS = [0.6, 0.85, 1] as const;

/** Anomalies by strength, as many lists as there are opacities. */
export function byStrength(anomalies: readonly Anomaly[]): readonly (readonly Anomaly[])[] {
  const level = ({ score }: Anomaly): number =>
    Math.min(STRENGTHS.length - 1, Math.floor(score * STRENGTHS.length));
  return STRENGTHS.map((_, i) => anomalies.filter((each) => level(each) === i));
}

/**
 * One path with a triangle for every anomaly of a rule (paper 7.1.1): upside-down
 * for the left rule, upright for the right rule, width = score.
 *
 * @param top y of the triangles' upper side
 */
export function trianglesPath(
  anomalies: readonly Anomaly[],
  rule: Rule,
  scale: TimeScale,
  top: number,
): string {
  const [base, tip] = rule === 'left' ? [top, top + TRIANGLE_HEIGHT] : [top + TRIANGLE_HEIGHT, top];
  return anomalies
    .filter((each) => each.rule === rule && each.step >= scale.from && each.step <= scale.to)
    .map(({ step, score }) => {
      const x = toX(scale, step);
      const half = triangleWidth(score) / 2;
      return `M${round(x - half)},${base}H${round(x + half)}L${round(x)},${tip}Z`;
    })
    .join('');
}

const round = (value: number): number => Math.round(value * 100) / 100;
