/** Marks of causes as shapes: full, half, hollow. */
import { apply, type Matrix, type Point } from '../../charts/scene/affine';
import type { Shape } from '../../charts/scene/shapes';
import type { Verdict } from './plan';

const CORNERS = 20;
const RADIUS = 4;
const LEAST_RADIUS = 2;
/** Around a mark, so that it is seen on any colour. */
const HALO = 1.6;
/** Cells of fewer pixels have no mark: it would hide them. */
export const MARK_FROM = 2 * (LEAST_RADIUS + HALO);
/** Of the largest mark with its surroundings. */
export const MARK_SIZE = 2 * (RADIUS + HALO);

export interface PlacedMark {
  readonly at: Point;
  readonly verdict: Verdict;
  /** 0 to 1: the more the larger. */
  readonly strength: number;
  /** How wide and high the cell is at least. */
  readonly room: number;
}

export interface MarkInks {
  readonly ink: string;
  /** Of what was found to do nothing. */
  readonly muted: string;
  readonly background: string;
}

/** @param matrix from where marks are to where they are seen; they are round all the same */
export function markShapes(
  marks: readonly PlacedMark[],
  matrix: Matrix,
  { ink, muted, background }: MarkInks,
): Shape[] {
  if (marks.length === 0) return [];
  const placed = marks.map(({ at, verdict, strength, room }) => ({
    at: apply(matrix, at),
    verdict,
    radius: Math.min(
      LEAST_RADIUS + (RADIUS - LEAST_RADIUS) * Math.min(1, Math.max(0, strength)),
      Math.max(LEAST_RADIUS, room / 2 - HALO),
    ),
  }));
  const of = (verdict: Verdict): typeof placed => placed.filter((it) => it.verdict === verdict);
  const circle = ({ at, radius }: (typeof placed)[number]): Point[] => arc(at, radius, CORNERS);
  const ring = (mark: (typeof placed)[number]): Point[] => [
    ...circle(mark),
    ...circle(mark).slice(0, 1),
  ];
  const line = (color: string): { color: string; width: number } => ({ color, width: 1.2 });
  return [
    {
      kind: 'polygons',
      polygons: placed.map(({ at, radius }) => arc(at, radius + HALO, CORNERS)),
      fill: background,
      opacity: 0.85,
    },
    { kind: 'polygons', polygons: of('alone').map(circle), fill: ink },
    {
      kind: 'polygons',
      polygons: of('together').map(({ at, radius }) => arc(at, radius, CORNERS / 2)),
      fill: ink,
    },
    { kind: 'lines', lines: [...of('alone'), ...of('together')].map(ring), stroke: line(ink) },
    { kind: 'lines', lines: of('not').map(ring), stroke: line(muted) },
  ];
}

/** So many corners of a circle of twenty, from its top to the left. */
function arc({ x, y }: Point, radius: number, corners: number): Point[] {
  const end = corners === CORNERS ? corners : corners + 1;
  return Array.from({ length: end }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return { x: x - radius * Math.sin(angle), y: y - radius * Math.cos(angle) };
  });
}
