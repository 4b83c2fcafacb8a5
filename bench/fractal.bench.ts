/** Fractals: the JS twin against Wasm, one core against all, into an array of one's own and into a heap array. */
import { type FractalOptions, heap, renderFractal } from "allcores";
import { twins } from "allcores/bench";
import { onEach, serial, threads } from "./executors.js";
import { compareCases, printRows } from "./sampler.js";

const region = { re: [-1.5, 0], im: [-1, 0] } as const;

export default async function fractal(): Promise<void> {
  const shallow = { width: 3000, height: 4000, region, maxIterations: 20 } satisfies FractalOptions;
  const deep = { width: 750, height: 1000, region, maxIterations: 1000 } satisfies FractalOptions;
  for (const picture of [shallow, deep]) {
    using scope = heap.scope();
    const out = scope.int32(picture.width * picture.height);
    const cases = onEach(
      (executor) => twins.renderFractal({ ...picture, out, executor }),
      (executor) => renderFractal({ ...picture, out, executor }),
    );
    printRows(
      `${picture.width}x${picture.height} @${picture.maxIterations}, into a heap array`,
      await compareCases(cases),
    );
  }
  const copied = {
    "Wasm serial": () => renderFractal({ ...shallow, executor: serial }),
    [`Wasm threads (${threads.concurrency})`]: () => renderFractal({ ...shallow, executor: threads }),
  };
  printRows("3000x4000 @20, into a new ordinary array (48 MB)", await compareCases(copied));
}
