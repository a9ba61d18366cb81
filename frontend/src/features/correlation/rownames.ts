/** Names beside the rows of the grid: each row has one, its own or one that it shares. */
import type { TimeScale as Scale } from '../../axis/scale';
import type { Matrix } from '../../charts/scene/affine';
import { shortenedStart, spread, widthOf, type Label } from '../../charts/scene/labels';
import type { Shape } from '../../charts/scene/shapes';
import { visible, type Inks } from './face';
import type { Group } from './grid';

export const TEXT = 11;
/** From one name to the next below it. */
const LINE = TEXT + 1;
/** From the names to the rows, for the lines between them. */
export const NAMES_TO = 16;

export interface RowName extends Label {
  /** The rows that it is of, from top to bottom. */
  readonly groups: readonly Group[];
  /** Where these rows begin and end, in pixels. */
  readonly ends: readonly [number, number];
}

/**
 * The names of all rows on screen. Where rows are too low for a name each, the lowest of a module
 * share its name, and those of no module the names of the first and the last of them.
 */
export function namesOfRows(groups: readonly Group[], down: Scale): readonly RowName[] {
  const most = Math.max(1, Math.floor(down.width / LINE));
  let runs = groups.flatMap((group): Run[] => {
    const ends = visible(down, group);
    return ends ? [{ groups: [group], path: group.name.split('.'), ends }] : [];
  });
  const deepest = Math.max(0, ...groups.map(({ name }) => name.split('.').length));
  for (let depth = deepest - 1; depth > 0; depth--) {
    const modules = within(runs, depth).sort((a, b) => heightOf(a) - heightOf(b));
    for (const module of modules) {
      if (runs.length <= most) break;
      runs = joined(runs, module, (module[0]?.path ?? []).slice(0, depth));
    }
  }
  while (runs.length > most) {
    const pairs = runs.slice(1).map((run, i) => [runs[i] ?? run, run]);
    const lowest = pairs.reduce((a, b) => (heightOf(b) < heightOf(a) ? b : a));
    runs = joined(runs, lowest, null);
  }
  const labels = runs.map((run) => ({
    ...run,
    at: (run.ends[0] + run.ends[1]) / 2,
    text: textOf(run),
    weight: run.ends[1] - run.ends[0],
  }));
  return spread(labels, LINE, down.width);
}

/** Rows that follow each other and have a name together. */
interface Run extends Pick<RowName, 'groups' | 'ends'> {
  /** Of the module that they are in; null: of none. */
  readonly path: readonly string[] | null;
}

const heightOf = (runs: readonly Run[]): number =>
  (runs.at(-1)?.ends[1] ?? 0) - (runs[0]?.ends[0] ?? 0);

/** Two or more runs that follow each other in the same module of a depth. */
function within(runs: readonly Run[], depth: number): Run[][] {
  const modules: Run[][] = [];
  let before: string | null = null;
  for (const run of runs) {
    const module = run.path && run.path.length >= depth ? run.path.slice(0, depth).join('.') : null;
    if (module !== null && module === before) modules.at(-1)?.push(run);
    else modules.push([run]);
    before = module;
  }
  return modules.filter(({ length }) => length > 1);
}

function joined(runs: readonly Run[], parts: readonly Run[], path: Run['path']): Run[] {
  const [first, last] = [parts[0], parts.at(-1)];
  if (!first || !last) return [...runs];
  const run: Run = {
    groups: parts.flatMap(({ groups }) => groups),
    path,
    ends: [first.ends[0], last.ends[1]],
  };
  return runs.flatMap((each) => (each === first ? [run] : parts.includes(each) ? [] : [each]));
}

function textOf({ groups, path }: Run): string {
  const [first, last] = [groups[0]?.name ?? '', groups.at(-1)?.name ?? ''];
  if (groups.length === 1) return first;
  return path ? `${path.join('.')} (${groups.length})` : `${first} … ${last}`;
}

/** What names with a number mean, if there are any. */
export const sharedInWords = (names: readonly RowName[]): string | null =>
  names.some(({ groups }) => groups.length > 1) ? '(n): n rows' : null;

/** Left of a face, each with a line to its row, or to a bracket of its rows. */
export function rowNameShapes(
  names: readonly RowName[],
  matrix: Matrix,
  room: number,
  inks: Inks,
): { readonly shapes: readonly Shape[]; readonly lefts: readonly number[] } {
  const right = matrix.e - NAMES_TO;
  const texts = names.map(({ text }) => shortenedStart(text, room, TEXT));
  const lines = names.flatMap(({ at, ends, groups }) => {
    const [top, bottom] = [matrix.f + ends[0] + 1, matrix.f + ends[1] - 1];
    const leader = [
      { x: right + 2, y: matrix.f + at },
      { x: matrix.e - 4, y: (top + bottom) / 2 },
    ];
    if (groups.length === 1) return [[...leader, { x: matrix.e - 1, y: (top + bottom) / 2 }]];
    const bracket = [
      { x: matrix.e - 1, y: top },
      { x: matrix.e - 4, y: top },
      { x: matrix.e - 4, y: bottom },
      { x: matrix.e - 1, y: bottom },
    ];
    return [leader, bracket];
  });
  return {
    shapes: [
      { kind: 'lines', lines, stroke: { color: inks.muted, width: 0.8 } },
      ...names.map(({ at }, i): Shape => ({
        kind: 'text',
        at: { x: right, y: matrix.f + at + 4 },
        text: texts[i] ?? '',
        color: inks.ink,
        size: TEXT,
        anchor: 'end',
      })),
    ],
    lefts: texts.map((text) => right - 3 - widthOf(text, TEXT)),
  };
}
