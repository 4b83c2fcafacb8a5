/** Search among texts, as a plain loop: all distances, sorted. */
import type { TextMetric } from "../nearest-texts.js";

interface Asked {
  readonly k: number;
  readonly metric?: TextMetric;
  readonly maxDistance?: number;
}

export function nearestTexts(
  texts: Iterable<string>,
  query: string,
  { k, metric = "levenshtein", maxDistance = Infinity }: Asked,
) {
  const distanceTo = { levenshtein: edits, osa: (a: string, b: string) => edits(a, b, true), "jaro-winkler": unlike };
  const found = Array.from(texts, (text, id) => ({ id, distance: distanceTo[metric](query, text) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance || a.id - b.id)
    .slice(0, k);
  return {
    ids: Uint32Array.from(found, ({ id }) => id),
    distances: Float64Array.from(found, ({ distance }) => distance),
  };
}

/** Wagner and Fischer's table, row by row. */
function edits(a: string, b: string, swaps = false): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (swaps && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}

/** 1 - the similarity of Jaro and Winkler. */
function unlike(a: string, b: string): number {
  if (a === "" || b === "") return a === b ? 0 : 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const matched: string[] = [];
  for (let j = 0; j < b.length; j++)
    for (let i = Math.max(0, j - reach); i <= Math.min(a.length - 1, j + reach); i++) {
      if (taken.has(i) || a[i] !== b[j]) continue;
      taken.add(i);
      matched.push(b[j] as string);
      break;
    }
  const same = matched.length;
  if (same === 0) return 1;
  const inOrder = [...taken].sort((x, y) => x - y);
  const moved = Math.floor(inOrder.filter((i, at) => a[i] !== matched[at]).length / 2);
  let similarity = (same / a.length + same / b.length + (same - moved) / same) / 3;
  if (similarity > 0.7) {
    let prefix = 0;
    while (prefix < Math.min(4, a.length, b.length) && a[prefix] === b[prefix]) prefix++;
    similarity += prefix * 0.1 * (1 - similarity);
  }
  return 1 - similarity;
}
