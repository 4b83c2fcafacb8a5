/** Two workers of one thread each against one thread, in turns. */
import { type Executor, estimatePi, heap, renderFractal, SerialExecutor } from "allcores";
import { quantile } from "../../../dist/bench/statistics.js";
import { Site, secondsOf } from "./site.js";

export interface Sizes {
  readonly samples: number;
  readonly side: number;
  readonly rounds: number;
}

export async function efficiency({ samples, side, rounds }: Sizes): Promise<void> {
  await using site = await Site.start();
  await Promise.all([site.worker(), site.worker()]);
  await using cluster = site.executor();
  const one = new SerialExecutor({ yield: false });
  const out = heap.int32(side * side);
  const picture = { width: side, height: side, maxIterations: 1000, out } as const;
  const works: Record<string, (executor: Executor) => Promise<unknown>> = {
    [`pi, ${samples.toExponential(0)} samples`]: (executor) => estimatePi({ samples, seed: 1, executor }),
    [`Mandelbrot, ${side}x${side} @1000`]: (executor) => renderFractal({ ...picture, executor }),
    [`Julia, ${side}x${side} @1000`]: (executor) =>
      renderFractal({ ...picture, kind: "julia", c: { re: -0.8, im: 0.156 }, executor }),
  };
  console.log(`\ntwo workers of one thread each against one thread, in turns, s: medians of ${rounds}`);
  for (const [name, work] of Object.entries(works)) {
    const times = { one: [] as number[], cluster: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.one.push(await secondsOf(() => work(one)));
      times.cluster.push(await secondsOf(() => work(cluster)));
    }
    const [alone, both] = [quantile(times.one, 0.5), quantile(times.cluster, 0.5)];
    console.log(
      `  ${name.padEnd(32)} ${alone.toFixed(2).padStart(7)} ${both.toFixed(2).padStart(7)} ${(alone / both).toFixed(2)}x`,
    );
  }
  heap.free(out);
}
