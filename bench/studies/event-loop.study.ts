/** The price of not releasing the thread: the event loop's delay while a job runs. */
import { estimatePi, heap, renderFractal } from "allcores";
import { eventLoopDelay } from "allcores/bench";
import { serial, threads } from "./executors.js";

export default async function eventLoop(): Promise<void> {
  using scope = heap.scope();
  const out = scope.int32(4e6);
  const picture = { width: 2000, height: 2000, maxIterations: 1000 };
  const works = {
    "nothing (the monitor itself)": () => new Promise((resolve) => setTimeout(resolve, 2000)),
    "pi, 3e9 samples, threads": () => estimatePi({ samples: 3e9, seed: 1, executor: threads }),
    "fractal 2000x2000 @1000, threads": () => renderFractal({ ...picture, out, executor: threads }),
    "the same into a new array, threads": () => renderFractal({ ...picture, executor: threads }),
    "pi, 1e9 samples, serial": () => estimatePi({ samples: 1e9, seed: 1, executor: serial }),
  };
  console.log("\nevent-loop delay of the main thread, ms");
  for (const [name, work] of Object.entries(works)) {
    const { p50, p99, max } = await eventLoopDelay(work);
    console.log(
      `  ${name.padEnd(36)} p50 ${p50.toFixed(2).padStart(7)}  p99 ${p99.toFixed(2).padStart(7)}  max ${max.toFixed(2).padStart(7)}`,
    );
  }
}
