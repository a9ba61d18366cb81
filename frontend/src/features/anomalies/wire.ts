import type { About } from '../../run/wire';
import { askArrays, askJson } from '../../wire/answers';
import type { ClassIndex, Step } from '../../wire/units';

export type Rule = 'left' | 'right';

export interface Anomaly {
  readonly class: ClassIndex;
  readonly step: Step;
  readonly rule: Rule;
  readonly count: number;
  /** Share of the class's images, 0 to 1. */
  readonly score: number;
}

/** How many anomalies chance alone is expected to make. */
export async function anomalyChance(
  about: About,
  window: number,
  minScore: number,
  signal?: AbortSignal,
): Promise<number> {
  const query = { ...about, window, min_score: minScore };
  return (await askJson('/anomaly_chance', query, signal)).chance;
}

export async function anomalies(
  about: About,
  window: number,
  minScore: number,
  signal?: AbortSignal,
): Promise<readonly Anomaly[]> {
  const query = { ...about, window, min_score: minScore };
  const answer = await askArrays('/anomalies', query, signal);
  return answer.step.map((step, i) => ({
    class: answer.class[i] ?? 0,
    step,
    rule: answer.rule[i] === 0 ? 'left' : 'right',
    count: answer.count[i] ?? 0,
    score: answer.score[i] ?? 0,
  }));
}
