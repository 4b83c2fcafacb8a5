/** A coordinator: pi on all workers of a queue. `node pi.mjs 1e11`; RUN_ID names the run, so that it can go on later. */
import { estimatePi } from "allcores";
import { ClusterExecutor } from "allcores/cluster";

const samples = Number(process.argv[2] ?? 1e11);
const cluster = new ClusterExecutor({
  connection: process.env.ALLCORES_CONNECTION ?? "redis://127.0.0.1:6379",
  queue: process.env.QUEUE,
  runId: process.env.RUN_ID,
});
// The same run asks for the same jobs: a seed, where one would be drawn.
const { pi, stderr } = await estimatePi({
  samples,
  seed: 42,
  executor: cluster,
  onProgress: ({ done, total }) => console.error(`${((100 * done) / total).toFixed(1)}%`),
});
console.log(`pi is ${pi}, give or take ${stderr}`);
await cluster.shutdown();
