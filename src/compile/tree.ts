/** A walk through syntax trees that knows no kinds of nodes. */

/** Calls `see` once for each node, parents before their children. */
export function visit(node: object, see: (node: object) => void, seen = new Set<object>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  see(node);
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see, seen);
}

function isNode(value: unknown): value is object {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}
