/**
 * A case file for processes that do one call, their first: `fresh.js?bench=URL&work=INDEX&size=SIZE&workers=N`. Only that
 * call starts workers and makes the heap grow.
 */
import { type HeapArray, heap } from "allcores";
import type { Bench, BenchSize } from "allcores/bench";
import { casesOf } from "./cases.js";
import { Executors, placesUpTo } from "./places.js";

/** The file's URL for a work. */
export function freshFile(bench: URL, work: number, size: BenchSize, workers: number): URL {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams({ bench: bench.href, work: `${work}`, size, workers: `${workers}` }).toString();
  return url;
}

async function fromQuery(query: URLSearchParams) {
  const bench = query.get("bench");
  if (bench === null) return undefined; // beside.ts imports this module for freshFile alone
  const { works } = ((await import(bench)) as { default: Bench }).default;
  const size = query.get("size") as BenchSize;
  const work = works(size)[Number(query.get("work"))];
  if (work === undefined) throw new RangeError(`work must be the index of one in ${bench}, got ${query.get("work")}`);
  let made: HeapArray<"int32"> | undefined;
  const output = () => {
    made ??= heap.int32(work.outputLength ?? 0);
    return made;
  };
  const cases = await casesOf(work, size, placesUpTo(Number(query.get("workers"))), new Executors(), output);
  return {
    name: work.name,
    cases: Object.fromEntries(cases.map(({ name, run }) => [name, run])),
    check: work.check,
    ...(work.outputLength !== undefined && { output }),
  };
}

export default await fromQuery(new URL(import.meta.url).searchParams);
