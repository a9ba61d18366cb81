import { Graph, layout as dagre } from '@dagrejs/dagre';

import type { FlowGraph } from './flow';

/** Sizes in CSS pixels before any scaling. */
export const SIZES = {
  layer: { width: 13, height: 7 },
  junction: { width: 5, height: 5 },
  /** Between vertices side by side, between edges side by side, between ranks. */
  between: { nodesep: 4, edgesep: 4, ranksep: 5 },
} as const;

export type Point = readonly [x: number, y: number];

export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** Middles of the vertices and courses of the edges, in CSS pixels from the upper left. */
export interface NetworkLayout {
  readonly width: number;
  readonly height: number;
  readonly vertices: readonly Point[];
  readonly edges: readonly FlowEdge[];
}

/**
 * Places the graph, data flowing downwards.
 *
 * All data flows through some of the vertices, e.g. between two residual blocks. The
 * graph is cut there, dagre places each piece, and the pieces are put below each other.
 * This keeps the layout of a deep model fast, and blocks that are built alike look alike,
 * for they are placed only once.
 */
export function layoutNetwork(graph: FlowGraph): NetworkLayout {
  const vertices: [number, number][] = graph.sources.map(() => [0, 0]);
  const edges: FlowEdge[] = [];
  const placed = new Map<string, Piece>();
  let bottom = 0;
  for (const members of cut(graph)) {
    const { key, kinds, pairs } = describe(graph, members);
    const piece = placed.get(key) ?? place(kinds, pairs);
    placed.set(key, piece);
    // The first vertex of a piece is the last of the piece above.
    const shift = bottom - (piece.vertices[0]?.[1] ?? 0);
    members.forEach((vertex, i) => {
      const [x = 0, y = 0] = piece.vertices[i] ?? [];
      vertices[vertex] = [x, y + shift];
    });
    pairs.forEach(([from, to], i) => {
      const points = piece.courses[i] ?? [];
      edges.push({
        from: members[from] ?? 0,
        to: members[to] ?? 0,
        points: points.map(([x, y]) => [x, y + shift]),
      });
    });
    bottom = vertices[members.at(-1) ?? 0]?.[1] ?? 0;
  }
  return frame(vertices, edges);
}

/** Everything moved to where both coordinates begin at 0. */
function frame(vertices: readonly Point[], edges: readonly FlowEdge[]): NetworkLayout {
  const all = [...vertices, ...edges.flatMap(({ points }) => points)];
  const { width, height } = SIZES.layer;
  const left = Math.min(0, ...all.map(([x]) => x)) - width / 2;
  const right = Math.max(0, ...all.map(([x]) => x)) + width / 2;
  const top = Math.min(0, ...all.map(([, y]) => y)) - height / 2;
  const bottom = Math.max(0, ...all.map(([, y]) => y)) + height / 2;
  const move = ([x, y]: Point): Point => [x - left, y - top];
  return {
    width: right - left,
    height: bottom - top,
    vertices: vertices.map(move),
    edges: edges.map((edge) => ({ ...edge, points: edge.points.map(move) })),
  };
}

/** The pieces between the vertices that no edge passes by; neighbours share such a vertex. */
function cut(graph: FlowGraph): readonly (readonly number[])[] {
  const at = new Map(graph.order.map((vertex, i) => [vertex, i]));
  const position = (vertex: number): number => at.get(vertex) ?? 0;
  // How far the edges reach that begin before a position.
  const reach = new Int32Array(graph.order.length);
  graph.sources.forEach((sources, to) => {
    for (const from of sources) {
      const i = position(from);
      reach[i] = Math.max(reach[i] ?? 0, position(to));
    }
  });
  const pieces: number[][] = [];
  let [first, furthest] = [0, 0];
  for (let i = 1; i < graph.order.length; i++) {
    furthest = Math.max(furthest, reach[i - 1] ?? 0);
    if (furthest > i) continue;
    pieces.push(graph.order.slice(first, i + 1));
    first = i;
  }
  return pieces.length > 0 ? pieces : [graph.order];
}

type Pair = readonly [from: number, to: number];

/** A piece by positions in itself: pieces that are built alike have the same key. */
function describe(
  graph: FlowGraph,
  members: readonly number[],
): { key: string; kinds: readonly boolean[]; pairs: readonly Pair[] } {
  const at = new Map(members.map((vertex, i) => [vertex, i]));
  const kinds = members.map((vertex) => vertex < graph.layers);
  const pairs = members.flatMap((vertex, to) =>
    (graph.sources[vertex] ?? []).flatMap((source): Pair[] => {
      const from = at.get(source);
      // What flows into a piece's first vertex is drawn in the piece above.
      return from === undefined ? [] : [[from, to]];
    }),
  );
  return { key: JSON.stringify([kinds, pairs]), kinds, pairs };
}

/** A piece with its first and its last vertex at x = 0. */
interface Piece {
  readonly vertices: readonly Point[];
  readonly courses: readonly (readonly Point[])[];
}

function place(kinds: readonly boolean[], pairs: readonly Pair[]): Piece {
  const graph = new Graph<object, { width: number; height: number }, object>();
  graph.setGraph({ ...SIZES.between });
  kinds.forEach((isLayer, i) => {
    graph.setNode(String(i), { ...(isLayer ? SIZES.layer : SIZES.junction) });
  });
  for (const [from, to] of [...pairs, ...unseen(kinds.length, pairs)]) {
    graph.setEdge(String(from), String(to), {});
  }
  dagre(graph);
  const point = (it: unknown): Point => {
    const { x, y } = it as { x: number; y: number };
    return [x, y];
  };
  const last = kinds.length - 1;
  // Alone on their ranks, these two can be put below the pieces above and above those below.
  const middle = point(graph.node('0'))[0];
  const vertices = kinds.map((_, i): Point => {
    const [x, y] = point(graph.node(String(i)));
    return [i === last ? 0 : x - middle, y];
  });
  const courses = pairs.map(([from, to]) => {
    const { points } = graph.edge(String(from), String(to)) as { points: unknown[] };
    const within = points
      .slice(1, -1)
      .map((each): Point => [point(each)[0] - middle, point(each)[1]]);
    return [vertices[from] ?? [0, 0], ...within, vertices[to] ?? [0, 0]] as const;
  });
  return { vertices, courses };
}

/**
 * Pairs that are placed but not drawn: they hold what is not connected (a head that only
 * training uses, say) between the first and the last vertex of the piece.
 */
function unseen(count: number, pairs: readonly Pair[]): readonly Pair[] {
  const [withSource, withTarget] = [new Set<number>(), new Set<number>()];
  for (const [from, to] of pairs) {
    withSource.add(to);
    withTarget.add(from);
  }
  const last = count - 1;
  const held: Pair[] = [];
  for (let i = 0; i < count; i++) {
    if (i > 0 && !withSource.has(i)) held.push([0, i]);
    if (i > 0 && i < last && !withTarget.has(i)) held.push([i, last]);
  }
  return held;
}
