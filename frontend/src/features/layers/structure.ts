/** Where the network graph, its level bars and the links to the rows lie. */
import { flowGraph, type FlowGraph } from './network/flow';
import { levelBars, nodeExtents, type Extent, type LevelBars } from './network/bars';
import { layoutNetwork, type NetworkLayout } from './network/layout';
import type { Node } from './network/nodes';
import type { Run } from '../../run/wire';

const MARGIN = 10;
const MAX_GRAPH_WIDTH = 120;
const LANE_WIDTH = 7;
const LANE_GAP = 2;
const LEVEL_GAP = 4;
/** From the rectangle of one level to that of the next. */
export const CROPPING_STEP = 5;
/** Where the links run. */
export const LINKS_WIDTH = 40;
const SCALES = { min: 0.55, max: 1.7 } as const;

export interface Structure {
  readonly graph: FlowGraph;
  readonly layout: NetworkLayout;
  readonly extents: readonly Extent[];
  readonly levels: LevelBars;
  /** Left border of each lane of each level, the outermost first, in CSS pixels. */
  readonly lanes: readonly (readonly number[])[];
  /** Factor on the graph's horizontal sizes. */
  readonly across: number;
  /** Right border of the bars. */
  readonly barsEnd: number;
  readonly width: number;
}

/** @param nodes see `flatten` */
export function planStructure(run: Run, nodes: readonly Node[]): Structure {
  const graph = flowGraph(run.layers.length, run.edges);
  const layout = layoutNetwork(graph);
  const levels = levelBars(nodes, layout);
  const across = Math.min(1, MAX_GRAPH_WIDTH / layout.width);
  const lanes: number[][] = [];
  let x = MARGIN + layout.width * across;
  // The innermost level is next to the graph.
  for (let level = levels.lanes.length - 1; level >= 0; level--) {
    x += LEVEL_GAP;
    lanes[level] = Array.from({ length: levels.lanes[level] ?? 0 }, () => {
      const left = x;
      x += LANE_WIDTH + LANE_GAP;
      return left;
    });
  }
  return {
    graph,
    layout,
    extents: nodeExtents(nodes, layout),
    levels,
    lanes,
    across,
    barsEnd: x,
    width: x + LINKS_WIDTH,
  };
}

export { LANE_WIDTH, MARGIN };

/** Factor on the graph's vertical sizes: it fills the height, if its layers stay visible. */
export const verticalScale = (layout: NetworkLayout, height: number): number =>
  Math.min(SCALES.max, Math.max(SCALES.min, (height - 2 * MARGIN) / layout.height));

/** From the panel's upper and lower edge to a link that leads beyond it, in CSS pixels. */
const LINK_EDGE = 3;

/**
 * The height at which a link begins or ends: the middle of what is on screen of its bar or row, or
 * the edge beyond which that lies. All in CSS pixels from the panel's top.
 */
export function linkEnd(top: number, bottom: number, height: number): number {
  const middle = (Math.max(0, Math.min(top, height)) + Math.max(0, Math.min(bottom, height))) / 2;
  return Math.max(LINK_EDGE, Math.min(height - LINK_EDGE, middle));
}
