/**
 * The view's state as text for the address bar, so that a link shows what a colleague sees.
 *
 * The text consists of characters that no part of a URL escapes: a version, then
 * fields `!<letter>*<value>[*<value>…]`. What is absent is at its default.
 */
import type { ClassIndex, NodeIndex, Step } from '../wire/units';

export type View = 'validation' | 'layers';

/** What a link reproduces; null where nothing was chosen. */
export interface ViewState {
  readonly run: string | null;
  readonly view: View;
  /** The pinned iteration; null follows the latest. */
  readonly step: Step | null;
  /** Number of clusters. */
  readonly k: number;
  readonly window: number;
  /** Least share of a class's images, 0 to 1. */
  readonly minScore: number;
  readonly onlyAnomalies: boolean;
  readonly openClusters: readonly number[] | null;
  readonly openClasses: readonly ClassIndex[];
  readonly closedNodes: readonly NodeIndex[] | null;
  readonly statistic: string;
  readonly sharedScale: boolean;
}

export const DEFAULTS: ViewState = {
  run: null,
  view: 'validation',
  step: null,
  k: 4,
  window: 5,
  minScore: 0.2,
  onlyAnomalies: false,
  openClusters: null,
  openClasses: [],
  closedNodes: null,
  statistic: 'weight_sd',
  sharedScale: false,
};

const VERSION = '1';

export function encodeState(state: ViewState): string {
  const fields: string[] = [VERSION];
  const add = (letter: string, ...values: readonly string[]): void => {
    fields.push([letter, ...values].join('*'));
  };
  if (state.run !== null) add('r', escapeText(state.run));
  if (state.view !== DEFAULTS.view) add('v', 'l');
  if (state.step !== null) add('s', String(state.step));
  if (state.k !== DEFAULTS.k) add('k', String(state.k));
  if (state.window !== DEFAULTS.window) add('w', String(state.window));
  if (state.minScore !== DEFAULTS.minScore) add('m', String(state.minScore));
  if (state.onlyAnomalies) add('a');
  if (state.openClusters) add('o', ...state.openClusters.map(String));
  if (state.openClasses.length > 0) add('c', ...state.openClasses.map(String));
  if (state.closedNodes) add('n', ...state.closedNodes.map(String));
  if (state.statistic !== DEFAULTS.statistic) add('t', escapeText(state.statistic));
  if (state.sharedScale) add('y');
  return fields.join('!');
}

/** Reads what `encodeState` wrote; what it does not understand is at its default. */
export function decodeState(text: string): ViewState {
  const [version, ...parts] = text.split('!');
  if (version !== VERSION) return DEFAULTS;
  const fields = new Map(
    parts.map((part) => {
      const [letter = '', ...values] = part.split('*');
      return [letter, values] as const;
    }),
  );
  const first = (letter: string): string | undefined => fields.get(letter)?.[0];
  const number = (letter: string, otherwise: number, least: number, most: number): number => {
    const value = Number(first(letter) ?? NaN);
    return value >= least && value <= most ? value : otherwise;
  };
  const whole = (letter: string, otherwise: number, least: number, most: number): number =>
    Math.round(number(letter, otherwise, least, most));
  const positions = (letter: string): number[] | undefined =>
    fields
      .get(letter)
      ?.map(Number)
      .filter((value) => Number.isInteger(value) && value >= 0);
  const step = Number(first('s') ?? NaN);
  return {
    run: unescapeText(first('r')) ?? DEFAULTS.run,
    view: first('v') === 'l' ? 'layers' : DEFAULTS.view,
    step: Number.isSafeInteger(step) ? step : DEFAULTS.step,
    k: whole('k', DEFAULTS.k, 1, LIMITS.k),
    window: whole('w', DEFAULTS.window, 1, LIMITS.window),
    minScore: number('m', DEFAULTS.minScore, 0, 1),
    onlyAnomalies: fields.has('a'),
    openClusters: positions('o') ?? DEFAULTS.openClusters,
    openClasses: positions('c') ?? DEFAULTS.openClasses,
    closedNodes: positions('n') ?? DEFAULTS.closedNodes,
    statistic: unescapeText(first('t')) ?? DEFAULTS.statistic,
    sharedScale: fields.has('y'),
  };
}

/** Largest values of the controls. */
export const LIMITS = { k: 10, window: 30 } as const;

function escapeText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_.-]/.test(char) ? char : `~${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function unescapeText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = Array.from(text.matchAll(/~([0-9a-f]{2})|[^~]/g), ([char, hex]) =>
    hex === undefined ? char.charCodeAt(0) : parseInt(hex, 16),
  );
  return new TextDecoder().decode(new Uint8Array(bytes));
}
