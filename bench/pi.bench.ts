/** Pi by sampling: the JS twin against Wasm, one core against all. */
import { estimatePi } from "allcores";
import { twins } from "allcores/bench";
import { onEach, serial, threads } from "./executors.js";
import { compareCases, printRows } from "./sampler.js";

export default async function pi(): Promise<void> {
  const samples = 1e8;
  const cases = onEach(
    (executor) => twins.estimatePi({ samples, seed: 42, executor }),
    (executor) => estimatePi({ samples, seed: 42, executor }),
  );
  printRows("pi, 1e8 samples", await compareCases(cases));
  const large = {
    "Wasm serial": () => estimatePi({ samples: 1e9, seed: 42, executor: serial }),
    [`Wasm threads (${threads.concurrency})`]: () => estimatePi({ samples: 1e9, seed: 42, executor: threads }),
  };
  printRows("pi, 1e9 samples", await compareCases(large, 5));
}
