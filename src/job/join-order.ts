/**
 * In what order the accumulators of chunks are joined: a tree that n and the grain fix. A node of level l covers 2^l chunks
 * from a multiple of 2^l on; the last one of a level, where it has no neighbour, passes up as it is.
 *
 *   chunks   0   1   2   3   4   5   6
 *   level 1  [0,2)   [2,4)   [4,6)   6      a pair is named by the chunk at its boundary: 1, 3, 5
 *   level 2  [0,4)           [4,7)                                                         2, 6
 *   level 3  [0,7)                                                                         4
 */

/** A part of the tree: the chunks [first, first + 2^level), as far as there are so many. */
export interface Node {
  readonly first: number;
  readonly level: number;
}

/** What a node is joined with. */
export interface Pair {
  /** The first chunk of its right node, which no other pair has. */
  readonly boundary: number;
  /** Whether the node is the left one, into which the right one is joined. */
  readonly isLeft: boolean;
  /** What both become. */
  readonly joined: Node;
}

/** Levels of pairs of a number of chunks: 0 for a single one. */
export function levelsOf(chunks: number): number {
  return Math.ceil(Math.log2(Math.max(1, chunks)));
}

/** The pair of a node; undefined for the root. */
export function pairOf({ first, level }: Node, chunks: number): Pair | undefined {
  for (let at = level, span = 2 ** level; first > 0 || span < chunks; at++, span *= 2) {
    if ((first / span) % 2 === 1)
      return { boundary: first, isLeft: false, joined: { first: first - span, level: at + 1 } };
    if (first + span < chunks) return { boundary: first + span, isLeft: true, joined: { first, level: at + 1 } };
  }
  return undefined;
}

/** What the chunks [from, to) come to when all pairs among them are joined: nodes from left to right. */
export function nodesOf(from: number, to: number, chunks: number): Node[] {
  const nodes: Node[] = [];
  for (let first = from; first < to; ) {
    let level = 0;
    const fits = (span: number) => first % span === 0 && (first + span <= to || to === chunks);
    while (2 ** level < to - first && fits(2 ** (level + 1))) level++;
    nodes.push({ first, level });
    first += 2 ** level;
  }
  return nodes;
}
