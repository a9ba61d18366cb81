/** Whether what the paper found holds in a run, from what is known of it; pure. */
import { formatStep } from '../../charts/format';
import { isolated } from '../../run/names';
import type { ClassIndex, FilterIndex, LayerIndex, Step } from '../../wire/units';

/** What is known of the run; null or empty where it is not known yet. */
export interface Facts {
  readonly className: (index: ClassIndex) => string;
  readonly layerName: (index: LayerIndex) => string;
  readonly layers: number;
  /** Number of clusters that the run suggests; 1 where nothing separates the classes. */
  readonly clusters: number | null;
  readonly anomalies: readonly Anomaly[] | null;
  /** Error rates of a class at the validation before an iteration and at it; null until they are known. */
  readonly errors:
    ((index: ClassIndex, step: Step) => readonly [before: number, at: number]) | null;
  /** The first and the last validation. */
  readonly range: readonly [Step, Step] | null;
  /** Images of a class that were never right, and how many it has; null until it is known. */
  readonly neverRight: readonly { readonly never: number; readonly images: number }[] | null;
  /** A statistic of the modules right below the model, or its layers. */
  readonly statistic: readonly Series[] | null;
  readonly places: readonly Place[] | null;
  readonly miniSets: readonly MiniSet[] | null;
}

export interface Anomaly {
  readonly class: ClassIndex;
  readonly step: Step;
  /** Share of the class's images, 0 to 1. */
  readonly score: number;
}

export interface Series {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** Where a rule of the findings holds. */
export interface Place {
  readonly rule: string;
  readonly layer: LayerIndex | null;
  readonly filter: FilterIndex | null;
}

/** Filters that move together, and at which iterations of which classes. */
export interface MiniSet {
  readonly layer: LayerIndex;
  readonly filters: ArrayLike<FilterIndex>;
  /** How many iterations of each class, by class. */
  readonly classes: ReadonlyMap<ClassIndex, number>;
}

/** A mini-set with the number of its iterations at which each class has anomalies. */
export function withClasses(
  { layer, filters, steps }: Omit<MiniSet, 'classes'> & { readonly steps: readonly Step[] },
  columns: readonly { readonly class: ClassIndex; readonly steps: readonly Step[] }[],
): MiniSet {
  const own = new Set(steps);
  const counts = columns.map(
    (each) => [each.class, each.steps.filter((step) => own.has(step)).length] as const,
  );
  return { layer, filters, classes: new Map(counts.filter(([, count]) => count > 0)) };
}

export interface Verdict {
  /** Null while it is not known. */
  readonly holds: boolean | null;
  /** What was found in this run. */
  readonly says: string;
  /** Parts of the address that lead to it, by the name that a step calls them. */
  readonly at?: Readonly<Record<string, string>>;
}

export type Judge = (facts: Facts) => Verdict;

const UNKNOWN: Verdict = { holds: null, says: '' };
/** As many classes as make an iteration one of many classes. */
const MANY = 3;
/** From this share on it is the whole class that flips. */
const WHOLE = 0.8;
/** How much more often filters of shallow layers are shared. */
const CLEARLY = 1.5;

export const clusters: Judge = ({ clusters: k }) => {
  if (k === null) return UNKNOWN;
  if (k === 1) return { holds: false, says: 'Nothing separates the classes of this run.' };
  return { holds: true, says: `This run has ${k} clusters.`, at: { hardest: String(k - 1) } };
};

export const peaks: Judge = ({ anomalies, range }) => {
  if (!anomalies || !range) return UNKNOWN;
  if (anomalies.length === 0) return { holds: false, says: 'This run has no anomalies.' };
  const classes = Map.groupBy(anomalies, ({ step }) => step);
  const sizes = [...classes].map(([step, own]) => ({
    step,
    size: new Set(own.map((each) => each.class)).size,
  }));
  const [most] = sizes.sort((a, b) => b.size - a.size || a.step - b.step);
  const early = anomalies.filter(({ step }) => step <= (range[0] + range[1]) / 2).length;
  const many = sizes.filter(({ size }) => size >= MANY).length;
  return {
    holds: many > 0 && early > anomalies.length / 2,
    says: `${many} iterations have anomalies of ${MANY} classes or more; ${early} of ${anomalies.length} anomalies are in the first half of the training.`,
    at: { step: String(most?.step) },
  };
};

export const whole: Judge = ({ anomalies, errors, className }) => {
  if (!anomalies || !errors) return UNKNOWN;
  if (anomalies.length === 0) return { holds: false, says: 'This run has no anomalies.' };
  // At first, whole classes are forgotten at once, too.
  const strongest = strongestOf(
    anomalies.filter((each) => {
      const [before, at] = errors(each.class, each.step);
      return at < before;
    }),
  );
  if (!strongest)
    return { holds: false, says: 'No anomaly of this run is of a class that is learned.' };
  const { class: index, step, score } = strongest;
  return {
    holds: score >= WHOLE,
    says: `The strongest anomaly at which a class is learned is of “${isolated(className(index))}” at iteration ${formatStep(step)}: ${percent(score)} of its images flip.`,
    at: { class: String(index), step: String(step) },
  };
};

export const never: Judge = ({ anomalies, neverRight, className }) => {
  if (!anomalies || !neverRight) return UNKNOWN;
  const some = neverRight
    .map(({ never: count, images }, index) => ({ index, count, share: count / images }))
    .filter(({ count, share }) => count > 0 && share <= 0.5)
    .sort((a, b) => a.share - b.share);
  const own = strongestOf(anomalies)?.class;
  const chosen = some.find(({ index }) => index === own) ?? some[0];
  if (!chosen)
    return { holds: false, says: 'No class of this run has a few images that are never right.' };
  return {
    holds: true,
    says: `${chosen.count} images of “${isolated(className(chosen.index))}” are never right. What they have in common is for you to see.`,
    at: { class: String(chosen.index) },
  };
};

export const spread: Judge = ({ statistic }) => {
  if (!statistic) return UNKNOWN;
  const sides = statistic.map(({ values }) => [values[0] ?? NaN, values[values.length - 1] ?? NaN]);
  const falls = sides.filter(([first = 0, last = 0]) => last < first).length;
  const [shallow = NaN, deep = NaN] = [sides[0]?.[1], sides.at(-1)?.[1]];
  return {
    holds: falls > sides.length / 2 && deep < shallow,
    says: `The standard deviation falls in ${falls} of ${sides.length} modules, and at the end is ${digits(shallow)} in the first and ${digits(deep)} in the last.`,
  };
};

export const means: Judge = ({ statistic }) => {
  if (!statistic) return UNKNOWN;
  const last = statistic.map(({ values }) => values[values.length - 1] ?? NaN);
  const end = last.pop() ?? NaN;
  const negative = last.filter((mean) => mean < 0).length;
  return {
    holds: negative === last.length && end > 0,
    says: `At the end the mean is negative in ${negative} of ${last.length} modules before the last, and ${end < 0 ? 'negative' : 'positive'} in the last.`,
  };
};

const filtersOf =
  (rule: string, singular: string, plural: string, none: string): Judge =>
  ({ places, layerName }) => {
    if (!places) return UNKNOWN;
    const own = places.filter((place) => place.rule === rule && place.filter !== null);
    const [first] = own;
    if (!first) return { holds: false, says: none };
    return {
      holds: true,
      says: `${own.length} of this run's filters ${own.length === 1 ? singular : plural}, first filter ${first.filter} of ${isolated(layerName(first.layer ?? 0))}.`,
      at: { layer: String(first.layer), filter: String(first.filter) },
    };
  };

export const dead = filtersOf(
  'dead_filters',
  'never changes',
  'never change',
  'All filters of this run change.',
);
export const restless = filtersOf(
  'restless_filters',
  'still changes when the others of its layer have settled',
  'still change when the others of their layer have settled',
  'The filters of each layer of this run settle together.',
);

export const shared: Judge = ({ miniSets, layers }) => {
  if (!miniSets) return UNKNOWN;
  const [shallow, deep] = [false, true].map((isDeep) => {
    const own = miniSets.filter(({ layer }) => layer >= layers / 2 === isDeep);
    const filters = own.reduce((sum, set) => sum + set.filters.length, 0);
    const classes = own.reduce((sum, set) => sum + set.filters.length * set.classes.size, 0);
    return filters > 0 ? classes / filters : NaN;
  }) as [number, number];
  if (Number.isNaN(shallow + deep)) {
    return { holds: false, says: 'The anomaly filters of this run are all on one side.' };
  }
  return {
    holds: shallow > CLEARLY * deep,
    says: `A filter of the first half of the layers moves when ${digits(shallow)} classes flip, on average; one of the second half, when ${digits(deep)} do.`,
  };
};

export const own: Judge = ({ miniSets, className, layerName }) => {
  if (!miniSets) return UNKNOWN;
  const found = miniSets
    .flatMap((set) => {
      const [only] = set.classes;
      return set.classes.size === 1 && only && only[1] > 1
        ? [{ ...set, class: only[0], times: only[1] }]
        : [];
    })
    .sort((a, b) => b.times - a.times || b.filters.length - a.filters.length);
  const [best] = found;
  if (!best) {
    return {
      holds: false,
      says: 'No mini-set of this run appears more than once for one class, and for no other.',
    };
  }
  return {
    holds: true,
    says: `A mini-set of ${isolated(layerName(best.layer))}, ${best.filters.length === 1 ? 'filter' : 'filters'} ${Array.from(best.filters).join(', ')}, appears ${best.times} times for “${className(best.class)}” and for no other class.`,
    at: {
      pick: [best.layer, best.filters[0] ?? '', '', ''].join('.'),
      class: String(best.class),
    },
  };
};

const strongestOf = (anomalies: readonly Anomaly[]): Anomaly | undefined =>
  anomalies.reduce<Anomaly | undefined>(
    (best, each) => (best && best.score >= each.score ? best : each),
    undefined,
  );

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;
const digits = (value: number): string => String(Number(value.toPrecision(2)));
