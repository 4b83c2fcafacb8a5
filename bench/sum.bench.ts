/** The busy loop: the JS twin against Wasm, one core against all. */
import { sumUpTo } from "allcores";
import { twins } from "allcores/bench";
import { onEach } from "./executors.js";
import { compareCases, printRows } from "./sampler.js";

export default async function sum(): Promise<void> {
  const n = 2 ** 29;
  const cases = onEach(
    (executor) => twins.sumUpTo(n, { executor }),
    (executor) => sumUpTo(n, { executor }),
  );
  printRows(`sum of 0..${n - 1}`, await compareCases(cases));
}
