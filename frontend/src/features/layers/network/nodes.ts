/** The module tree, flat: the hierarchy of the layers. */
import type { Module, Run } from '../../../run/wire';
import type { LayerIndex, NodeIndex } from '../../../wire/units';

/** With more layers than this, modules are closed at first ... */
const OPEN_UP_TO = 40;
/** ... but for those of the first levels that have no more nodes than this to show. */
const TOO_FEW = 4;

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
  readonly layer: LayerIndex | null;
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

/** The modules that are closed before anybody opened or closed one: all below the modules' level. */
export function initiallyClosed(nodes: readonly Node[]): readonly NodeIndex[] {
  const layers = nodes.filter(({ layer }) => layer !== null).length;
  if (layers <= OPEN_UP_TO) return [];
  for (let level = 1; ; level++) {
    const shown = nodes.filter(
      ({ depth, layer }) => depth === level || (layer !== null && depth < level),
    );
    if (shown.length > TOO_FEW || level >= levels(nodes)) return closedBelow(nodes, level);
  }
}

/** The modules a node lies in, from the outermost on; without the node itself. */
export function ancestors(nodes: readonly Node[], node: NodeIndex): readonly Node[] {
  return nodes.filter(({ index, below }) => index < node && node <= index + below);
}

/** The leaf that stands for each layer, by the layer's position. */
export function leaves(nodes: readonly Node[]): readonly NodeIndex[] {
  const found: NodeIndex[] = [];
  for (const { layer, index } of nodes) if (layer !== null) found[layer] = index;
  return found;
}

/** Number of levels below the whole model. */
export const levels = (nodes: readonly Node[]): number =>
  nodes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0);

/** The modules that are closed where a number of levels is open. */
export function closedBelow(nodes: readonly Node[], level: number): readonly NodeIndex[] {
  return nodes.filter(({ depth, below }) => depth >= level && below > 0).map(({ index }) => index);
}
