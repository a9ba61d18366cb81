import { leaves, type Node } from './nodes';
import type { NodeIndex } from '../../../wire/units';
import { SIZES, type NetworkLayout } from './layout';

/** The part of the graph that a module or layer takes, in CSS pixels from its top. */
export interface LevelBar {
  readonly node: NodeIndex;
  /** Levels below the whole model: 1 is the outermost. */
  readonly depth: number;
  readonly top: number;
  readonly bottom: number;
  /** Counts bars of the same level that lie beside each other, e.g. of parallel branches. */
  readonly lane: number;
}

export interface LevelBars {
  readonly bars: readonly LevelBar[];
  /** Number of lanes of each level, the outermost first. */
  readonly lanes: readonly number[];
}

/**
 * The blue level bars beside the graph (paper 7.2): one for each module, and one for
 * each layer that is on the outermost level itself.
 */
export function levelBars(nodes: readonly Node[], layout: NetworkLayout): LevelBars {
  const extents = nodeExtents(nodes, layout);
  const lanes: number[] = [];
  // Where each lane of each level is free again.
  const free: number[][] = [];
  const bars = nodes
    .filter(({ depth, below }) => depth > 0 && (below > 0 || depth === 1))
    .map(({ index, depth }) => ({ node: index, depth, ...(extents[index] as Extent) }))
    .sort((a, b) => a.top - b.top || a.depth - b.depth)
    .map((bar): LevelBar => {
      const ends = (free[bar.depth - 1] ??= []);
      const found = ends.findIndex((end) => end <= bar.top);
      const lane = found < 0 ? ends.length : found;
      ends[lane] = bar.bottom;
      return { ...bar, lane };
    });
  for (let level = 0; level < free.length; level++)
    lanes.push(Math.max(1, free[level]?.length ?? 0));
  return { bars, lanes };
}

export interface Extent {
  readonly top: number;
  readonly bottom: number;
}

/** Where each node's layers begin and end in the graph. */
export function nodeExtents(nodes: readonly Node[], layout: NetworkLayout): readonly Extent[] {
  const half = SIZES.layer.height / 2;
  const leafOf = leaves(nodes);
  const middles = new Map(leafOf.map((node, layer) => [node, layout.vertices[layer]?.[1] ?? 0]));
  return nodes.map(({ index, below }) => {
    let [top, bottom] = [Infinity, -Infinity];
    for (let i = index; i <= index + below; i++) {
      const middle = middles.get(i);
      if (middle === undefined) continue;
      top = Math.min(top, middle - half);
      bottom = Math.max(bottom, middle + half);
    }
    return { top, bottom };
  });
}
