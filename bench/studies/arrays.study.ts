/** The verbs of allcores/arrays against the best of npm, data on the heap, by the public functions. */
import { heap, ThreadExecutor } from "allcores";
import { type ArraysCase, measure } from "./arrays/case.js";
import { matrices } from "./arrays/matrices.js";
import { numbers } from "./arrays/numbers.js";

const CASES: readonly ArraysCase[] = [...numbers, ...matrices];

/** @param words of the command line: parts of the names of the rows to run */
export default async function arrays(): Promise<void> {
  const wanted = process.argv.flatMap((word) => (word.startsWith("row=") ? [word.slice(4)] : []));
  const chosen = CASES.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  console.log(`\narrays: in turns; median ms, ratios peer / ours with quartiles; threads unpinned`);
  const [one, two] = [new ThreadExecutor({ workers: 1 }), new ThreadExecutor({ workers: 2 })];
  try {
    for (const row of chosen) {
      using scope = heap.scope();
      await measure(row, scope, one, two);
    }
  } finally {
    await one.shutdown();
    await two.shutdown();
  }
}
