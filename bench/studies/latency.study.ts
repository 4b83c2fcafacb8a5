/** What a call costs besides its work: submit through a warm worker, beside a bare postMessage round trip. */
import { Worker } from "node:worker_threads";
import { jsKernel } from "allcores";
import { quantile } from "../../dist/bench/statistics.js";
import { others, serial, threads } from "./executors.js";

const ROUNDS = 5000;
const WARM_ROUNDS = 500;

export default async function latency(): Promise<void> {
  const echo = new Worker(
    'const { parentPort: p } = require("node:worker_threads"); p.on("message", (m) => p.postMessage(m))',
    {
      eval: true,
    },
  );
  const roundTrip = () =>
    new Promise((resolve) => {
      echo.once("message", resolve);
      echo.postMessage(1);
    });
  const nothing = jsKernel<() => void>(new URL("../../bench/studies/kernels.js", import.meta.url), "nothing");
  const cases: Record<string, () => unknown> = { "bare postMessage round trip": roundTrip };
  for (const executor of [threads, ...others, serial])
    cases[`submit, ${executor.kind}`] = () => executor.submit(nothing);

  const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++)
    for (const [name, run] of Object.entries(cases)) {
      const started = performance.now();
      await run();
      if (round >= WARM_ROUNDS) times.get(name)?.push((performance.now() - started) * 1000);
    }
  await echo.terminate();

  console.log(`\nlatency, us, ${ROUNDS} interleaved calls`);
  const bare = quantile(times.get("bare postMessage round trip") ?? [], 0.5);
  for (const [name, own] of times) {
    const [p50, p99] = [quantile(own, 0.5), quantile(own, 0.99)];
    console.log(
      `  ${name.padEnd(36)} p50 ${p50.toFixed(1).padStart(8)}  p99 ${p99.toFixed(1).padStart(8)} ${(p50 / bare).toFixed(1).padStart(7)}x`,
    );
  }
}
