/** A coordinator: a large Julia set, row by row, as raw counts of 32 bits. `node render.mjs julia.i32 16384` */
import { writeFile } from "node:fs/promises";
import { heap, renderFractal } from "allcores";
import { ClusterExecutor } from "allcores/cluster";

const [file = "julia.i32", size = "4096"] = process.argv.slice(2);
const width = Number(size);
const cluster = new ClusterExecutor({
  connection: process.env.ALLCORES_CONNECTION ?? "redis://127.0.0.1:6379",
  queue: process.env.QUEUE,
  runId: process.env.RUN_ID,
});
const out = heap.int32(width * width);
await renderFractal({ width, height: width, kind: "julia", c: { re: -0.8, im: 0.156 }, out, executor: cluster });
await writeFile(file, out);
console.log(`${file}: ${width}x${width} counts`);
heap.free(out);
await cluster.shutdown();
