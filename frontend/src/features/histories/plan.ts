/** Which rows of a long list are asked for, and what a plot of confidence and variability shows. */

/** Images that are asked for together. */
export const PAGE = 100;

/** Images that a table has. */
export const TABLE = 1000;

/** What images can be sorted by, and what that is called. */
export const SORTS = {
  suspicion: 'suspicion',
  margin: 'margin',
  confidence: 'confidence',
  variability: 'variability',
  forgotten: 'times forgotten',
  flips: 'flips',
  learned_at: 'learned at',
  settled_at: 'settled at',
  right: 'times right',
  log: 'log order',
} as const;
export type Sort = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as Sort[];
/** What only scores tell. */
export const OF_SCORES: readonly Sort[] = ['margin', 'confidence', 'variability'];

/** First and one past the last. */
export type Span = readonly [first: number, end: number];

/** The pages that rows [first, end) are on, as rows, with one page before and behind. */
export function pagesAround([first, end]: Span, page = PAGE): Span {
  const before = Math.max(0, Math.floor(first / page) - 1);
  return [before * page, (Math.ceil(end / page) + 1) * page];
}

/**
 * What of a span is not known yet, as one span; null if all is.
 *
 * @param known whether a row is
 * @param total how many rows there are; null while nobody knows
 */
export function missing(
  [first, end]: Span,
  known: (row: number) => boolean,
  total: number | null,
): Span | null {
  let [from, to] = [first, Math.min(end, total ?? end)];
  while (from < to && known(from)) from++;
  while (to > from && known(to - 1)) to--;
  return from < to ? [from, to] : null;
}

export interface Dot {
  /** Middle, 0 to 1: of the variability's range across, of the confidence upwards. */
  readonly x: number;
  readonly y: number;
  /** Radius as a share of half a cell, 0 to 1: its area goes with the number of images. */
  readonly size: number;
  readonly images: number;
  /** Mean share of observations at which they were right. */
  readonly right: number;
}

/** Int32[cells] and float32[cells]: which cells of a grid hold images; see docs/http_api.md. */
export interface Cells {
  readonly cells: number;
  readonly confidence: ArrayLike<number>;
  readonly variability: ArrayLike<number>;
  readonly images: Int32Array;
  readonly right: ArrayLike<number>;
}

/** A dot a cell; the least is still seen. */
export function dotsOf({ cells, confidence, variability, images, right }: Cells): readonly Dot[] {
  // Where nearly all images are easy, the others would be too small to see.
  const most = Math.max(
    1,
    ...[...images]
      .sort((a, b) => b - a)
      .slice(Math.floor(images.length / 50), Math.floor(images.length / 50) + 1),
  );
  return Array.from(images, (count, i) => ({
    x: ((variability[i] ?? 0) + 0.5) / cells,
    y: ((confidence[i] ?? 0) + 0.5) / cells,
    size: Math.max(0.28, Math.min(1, Math.sqrt(count / most))),
    images: count,
    right: right[i] ?? NaN,
  }));
}

export type Range = readonly [number, number];
export interface Region {
  readonly name: string;
  readonly meaning: string;
  readonly confidence: Range;
  readonly variability: Range;
}

/** What parts of the plot stand for (Swayamdipta et al. 2020). */
export const REGIONS: readonly Region[] = [
  {
    name: 'Easy',
    meaning: 'learned early and kept',
    confidence: [0.75, 1],
    variability: [0, 0.25],
  },
  {
    name: 'Ambiguous',
    meaning: 'now right, now wrong: what a network learns most from',
    confidence: [0, 1],
    variability: [0.3, 0.5],
  },
  {
    name: 'Hard',
    meaning: 'never found probable: hard, or wrongly labelled',
    confidence: [0, 0.25],
    variability: [0, 0.25],
  },
];

/** The differences of two sequences of error rates, at the steps of the first. */
export function gapOverTime(
  steps: readonly number[],
  rates: ArrayLike<number>,
  otherSteps: readonly number[],
  others: ArrayLike<number>,
): Float32Array {
  let at = -1;
  return Float32Array.from(steps, (step, i) => {
    while (at + 1 < otherSteps.length && (otherSteps[at + 1] ?? 0) <= step) at++;
    return (rates[i] ?? NaN) - (others[at] ?? NaN);
  });
}
