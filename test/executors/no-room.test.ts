/** Processes where no folder has room for a file: jobs go with the messages, and no byte says what has begun. */
import { describe, expect, it } from "vitest";
import { KERNELS } from "../support/kernels.js";
import { run } from "../support/system.js";

/** Before the package is loaded: making a folder fails, as on a full disk. */
const FULL = `
  import { syncBuiltinESMExports } from "node:module";
  import fs from "node:fs/promises";
  fs.mkdtemp = async () => { throw Object.assign(new Error("no space left"), { code: "ENOSPC", syscall: "mkdtemp" }); };
  syncBuiltinESMExports();
  const { heap, inout, input, jsKernel, out, ProcessExecutor } = await import("allcores");
  const kernel = (name) => jsKernel("${KERNELS.href}", name);
`;

describe("no folder has room", { timeout: 30_000 }, () => {
  it("arrays go in and come back, calls are made", async () => {
    const answers = await run(`${FULL}
      const pool = new ProcessExecutor({ workers: 2 });
      const [x, y] = [heap.float64(4096).fill(2), heap.float64(4096).fill(1)];
      await pool.parallelFor(kernel("scale"), 4096, [inout(y), input(x), 3]);
      const filled = heap.float64(100);
      await pool.parallelFor(kernel("fill"), 100, [out(filled)]);
      const sum = await pool.submit(kernel("add"), [1, 2]);
      await pool.shutdown();
      console.log(JSON.stringify({ y: [y[0], y[4095]], filled: filled[99], sum }));`);
    expect(answers).toEqual({ y: [6, 6], filled: 100, sum: 3 });
  });

  it("a call that waits behind one that is ended is made by the next process", async () => {
    const answers = await run<{ first: string[]; second: number[] }>(`${FULL}
      const pool = new ProcessExecutor({ workers: 1 });
      await pool.ready();
      const first = [], second = [];
      for (let i = 0; i < 8; i++) {
        // It returns when it is being ended: its reply may still come, and its process get the next task.
        const ended = pool.submit(kernel("spin"), [40 + i]);
        const next = pool.submit(kernel("add"), [i, 1]);
        await new Promise((resolve) => setTimeout(resolve, 2));
        ended.cancel();
        first.push(await ended.catch(({ name }) => name));
        second.push(await next);
      }
      await pool.shutdown();
      console.log(JSON.stringify({ first, second }));`);
    expect(new Set(answers.first)).toEqual(new Set(["AbortError"]));
    expect(answers.second).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
