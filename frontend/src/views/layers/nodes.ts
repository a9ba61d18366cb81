import type { Module, Run } from '../../wire/api';
import type { NodeIndex } from '../../wire/units';
import { stack, type Placed } from '../rows';

export const NODE_HEIGHT = 48;
/** With more layers than this, only the modules of the first level are open at first. */
const OPEN_UP_TO = 40;

/** A node of the module tree, flat. */
export interface Node {
  readonly index: NodeIndex;
  /** Dotted name; empty for the whole model. */
  readonly name: string;
  /** The name without that of the node above it. */
  readonly shortName: string;
  readonly type: string;
  readonly depth: number;
  /** Number of nodes below. */
  readonly below: number;
  /** Position in the run's layers; null for a module. */
  readonly layer: number | null;
  /** Number of filters of all its layers. */
  readonly filters: number;
  readonly layers: number;
}

/** The module tree depth first, parents before children: the order of `layer_stats`. */
export function flatten(run: Pick<Run, 'modules' | 'layers'>): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (module: Module, depth: number, parent: string): Node => {
    const index = nodes.length;
    const layer = module.layer ?? null;
    const own = layer === null ? undefined : run.layers[layer];
    const prefix = parent === '' ? '' : `${parent}.`;
    nodes.push({
      index,
      name: module.name,
      shortName: module.name.startsWith(prefix) ? module.name.slice(prefix.length) : module.name,
      type: module.type,
      depth,
      below: 0,
      layer,
      filters: own?.filters ?? 0,
      layers: own ? 1 : 0,
    });
    const children = (module.children ?? []).map((child) => visit(child, depth + 1, module.name));
    const sum = (of: (node: Node) => number): number =>
      children.reduce((total, child) => total + of(child), 0);
    const node = nodes[index] as Node;
    const whole: Node = {
      ...node,
      below: nodes.length - index - 1,
      filters: node.filters + sum(({ filters }) => filters),
      layers: node.layers + sum(({ layers }) => layers),
    };
    nodes[index] = whole;
    return whole;
  };
  if (run.modules) visit(run.modules, 0, '');
  return nodes;
}

/** The modules that are closed before anybody opened or closed one. */
export function initiallyClosed(nodes: readonly Node[]): readonly NodeIndex[] {
  const layers = nodes.filter(({ layer }) => layer !== null).length;
  if (layers <= OPEN_UP_TO) return [];
  return nodes.filter(({ depth, below }) => depth > 0 && below > 0).map(({ index }) => index);
}

export type NodeRow = Placed & { readonly node: Node; readonly open: boolean };

/** The nodes that no closed module hides, in network order. */
export function planNodes(
  nodes: readonly Node[],
  closed: readonly NodeIndex[],
): readonly NodeRow[] {
  const isClosed = new Set(closed);
  const rows: { node: Node; open: boolean; height: number }[] = [];
  for (let i = 0; i < nodes.length;) {
    const node = nodes[i] as Node;
    const open = !isClosed.has(node.index);
    rows.push({ node, open, height: NODE_HEIGHT });
    i += open ? 1 : 1 + node.below;
  }
  return stack(rows);
}
