/**
 * Results of child processes through a file kept from the job before and through a new one, in turns: the exchange alone
 * (the file made or taken, written by a child, read into the heap), and whole jobs that fill an array.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { heap, jsKernel, out, ProcessExecutor } from "allcores";
import { quantile } from "../../dist/bench/statistics.js";
import { closeKept, keepFile, takeFile } from "../../dist/executors/process/kept-files.js";
import { FIRST_REGION } from "../../dist/executors/process/shared-file.js";

const SIZES = [48e6, 4.8e6, 0.48e6];
const ROUNDS = 40;
const source = (name: string) => new URL(`../../bench/studies/${name}`, import.meta.url);
const fill = jsKernel<(begin: number, end: number, array: Float64Array) => void>(source("kernels.js"), "fill");

/** Times what `step` does, in turns with a file kept and a new one, and prints it. */
async function compareFiles(name: string, rounds: number, step: () => Promise<void>): Promise<void> {
  const kept: number[] = [];
  const made: number[] = [];
  const timed = async (times: number[]) => {
    const started = performance.now();
    await step();
    times.push(performance.now() - started);
  };
  await step();
  for (let round = 0; round < rounds; round++) {
    await step(); // leaves a file
    await timed(kept);
    await closeKept();
    await timed(made);
  }
  const cells = (times: number[]) => [0, 0.5, 0.75].map((q) => quantile(times, q).toFixed(1).padStart(6)).join(" ");
  const ratio = quantile(
    made.map((ms, i) => ms / (kept[i] as number)),
    0.5,
  );
  console.log(`  ${name.padEnd(22)} kept ${cells(kept)}   new ${cells(made)}   ${ratio.toFixed(2)}x`);
}

export default async function exchange({ isQuick }: { readonly isQuick: boolean }): Promise<void> {
  const rounds = isQuick ? ROUNDS / 4 : ROUNDS;
  console.log(`\nresults through a file, ms: best, median, upper quartile of ${rounds} rounds; median of their ratios`);
  const child = fork(fileURLToPath(source("exchange-writer.js")), { serialization: "advanced" });
  await once(child, "message");
  await using pool = new ProcessExecutor();
  await pool.ready();
  for (const bytes of SIZES) {
    const array = heap.float64(bytes / 8);
    const target = new Uint8Array(array.buffer, array.byteOffset, bytes);
    const size = `${bytes / 1e6} MB`;
    await compareFiles(`${size}, exchange`, rounds, async () => {
      const file = await takeFile(FIRST_REGION + bytes, []);
      if (!file) throw new Error("no folder has the room");
      child.send({ place: { path: file.path }, at: FIRST_REGION, bytes });
      const [isWritten] = await once(child, "message");
      if (isWritten !== true) throw new Error("the child could not write");
      await file.read(target, FIRST_REGION);
      keepFile(file);
    });
    await compareFiles(`${size}, whole job`, rounds, async () => {
      await pool.parallelFor(fill, array.length, [out(array)]);
    });
    heap.free(array);
  }
  child.kill();
}
