/** What of two runs has no partner in the other. */
import { formatCount } from '../../charts/format';

interface Alone {
  readonly classes: readonly string[];
  /** How many. */
  readonly images: number;
  /** Those of them that are named. */
  readonly ids: readonly (string | number)[];
  readonly layers: readonly string[];
}

interface Told {
  /** Of each run. */
  readonly alone: readonly Alone[];
  readonly aligned: {
    readonly relabelled: readonly (string | number)[];
    readonly reshaped: readonly string[];
    /** Images with the same id that were looked at, and those of them that are not the same. */
    readonly pictures: number;
    readonly differing_pictures: number;
  };
}

export interface Lone {
  readonly what: string;
  readonly names: readonly string[];
  /** How many are not among the names. */
  readonly more: number;
}

const NAMED = 50;

/** @param runs what the two are called */
export function withoutPartner({ alone, aligned }: Told, runs: readonly string[]): readonly Lone[] {
  const lone = (count: number, names: readonly (string | number)[], what: string): Lone[] =>
    count === 0
      ? []
      : [
          {
            what,
            names: names.slice(0, NAMED).map(String),
            more: count - Math.min(NAMED, names.length),
          },
        ];
  const own = alone.flatMap(({ classes, images, ids, layers }, i) => {
    const only = `only in ${runs[i] ?? ''}`;
    return [
      ...lone(
        classes.length,
        classes,
        `${formatCount(classes.length, 'class', 'classes')} ${only}`,
      ),
      ...lone(images, ids, `${formatCount(images, 'image')} ${only}`),
      ...lone(layers.length, layers, `${formatCount(layers.length, 'layer')} ${only}`),
    ];
  });
  const { relabelled, reshaped, pictures, differing_pictures: others } = aligned;
  return [
    ...own,
    ...lone(others, [], `${others} of ${formatCount(pictures, 'image')} looked at are other ones`),
    ...lone(
      relabelled.length,
      relabelled,
      `${formatCount(relabelled.length, 'image')} with another label`,
    ),
    ...lone(reshaped.length, reshaped, `${formatCount(reshaped.length, 'layer')} of another shape`),
  ];
}
