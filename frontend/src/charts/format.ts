/** Numbers as people read them. */
import { format } from 'd3-format';

const grouped = format(',d');

/** 12,400 */
export const formatStep = (step: number): string => grouped(Math.round(step));

/** 12 images, 1 image */
export const formatCount = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** 3.4 %, always with one decimal so that columns of them align; a dash for NaN. */
export const formatRate = (rate: number): string =>
  Number.isFinite(rate) ? `${(100 * rate).toFixed(1)}%` : '–';

/** 3.4%, 100%, <0.1%: a share that may be small but is not nothing. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1%';
  if (share < 1 && share >= 0.9995) return '>99.9%';
  return share === 0 || share === 1 ? `${100 * share}%` : formatRate(share);
}

/** Four significant digits, a power of ten where zeros would hide them. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text =
    magnitude >= 1e-3 && magnitude < 1e5
      ? String(Number(value.toPrecision(4)))
      : value.toExponential(2).replace('e+', 'e');
  return text.replaceAll('-', '−');
}

/** 0.1, 0.004, 1e−4: a learning rate as it is usually written. */
export function formatLearningRate(rate: number): string {
  if (Number.isNaN(rate)) return '–';
  const text = Number(rate.toPrecision(3));
  return (text !== 0 && Math.abs(text) < 1e-3 ? text.toExponential() : String(text)).replaceAll(
    '-',
    '−',
  );
}

/** 64 × 3 × 7 × 7 */
export const formatShape = (shape: readonly number[]): string => shape.join(' × ');
