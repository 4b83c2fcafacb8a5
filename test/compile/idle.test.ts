/** The compiler's thread, where nothing else compiles. */
import { compileKernels } from "allcores/compile";
import { expect, it } from "vitest";
import { isLinux, threadCount } from "../support/system.js";

it.runIf(isLinux)("the compiler's thread ends when it has been idle for 5 s", { timeout: 60_000 }, async () => {
  await expect(compileKernels(new URL("none.ts", import.meta.url))).rejects.toThrow("none.ts not found");
  const during = threadCount();
  await expect.poll(() => threadCount(), { timeout: 30_000, interval: 100 }).toBeLessThan(during);
});
