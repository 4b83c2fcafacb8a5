/** The files of jobs where there is no /proc to open them by, as on macOS and Windows: they have names, and none stays. */
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { KERNELS } from "../support/kernels.js";
import { isLinux, start } from "../support/system.js";

/** The folders that a program has left in either place. */
function leftBy(pid: number | undefined): string[] {
  const parents = isLinux ? ["/dev/shm", tmpdir()] : [tmpdir()];
  return parents.flatMap((parent) => readdirSync(parent)).filter((name) => name.startsWith(`allcores-${pid}-`));
}

/** Doubles an array in a process, and says how many folders it has. */
function program(meanwhile?: "exit" | "hang") {
  const started = start(`
    import { existsSync, readdirSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { heap, inout, jsKernel, ProcessExecutor } from "allcores";

    Object.defineProperty(process, "platform", { value: "darwin" });
    const folders = () =>
      ["/dev/shm", tmpdir()]
        .flatMap((parent) => (existsSync(parent) ? readdirSync(parent) : []))
        .filter((name) => name.startsWith("allcores-" + process.pid + "-")).length;
    const atFirst = folders();
    const executor = new ProcessExecutor({ workers: 1 });
    const array = heap.float64(3).fill(21);
    let during = 0;
    const kernel = jsKernel("${KERNELS.href}", "doubleSlowly");
    await executor.parallelFor(kernel, 3, [inout(array)], {
      grain: 1,
      onProgress({ done, total }) {
        if (done === total) return;
        during = folders();
        if ("${meanwhile}" === "exit") process.exit();
        if ("${meanwhile}" === "hang") console.log("computing");
      },
    });
    await executor.shutdown();
    console.log(JSON.stringify({ array: [...array], atFirst, during }));
  `);
  return { ...started, pid: started.process.pid };
}

describe("named files of jobs", { timeout: 30_000 }, () => {
  it("carry arrays in and out, and are gone when the program has ended", async () => {
    const { pid, ended } = program();
    const { code, stdout } = await ended;
    // One for the job, one for what tasks have begun.
    expect(JSON.parse(stdout)).toEqual({ array: [42, 42, 42], atFirst: 0, during: 2 });
    expect([code, leftBy(pid)]).toEqual([0, []]);
  });

  it("are many at once, without a warning of listeners", async () => {
    const { stderr } = await start(`
      import { heap, jsKernel, out, ProcessExecutor } from "allcores";
      Object.defineProperty(process, "platform", { value: "darwin" });
      const executor = new ProcessExecutor({ workers: 1 });
      const fill = jsKernel("${KERNELS.href}", "fill");
      await Promise.all(Array.from({ length: 12 }, () => executor.parallelFor(fill, 10, [out(heap.float64(10))])));
      await executor.shutdown();
    `).ended;
    expect(stderr).toBe("");
  });

  it("are gone when the program exits during a job", async () => {
    const { pid, ended } = program("exit");
    expect((await ended).code).toBe(0);
    expect(leftBy(pid)).toEqual([]);
  });

  it("are removed by the next program when this one is killed", async () => {
    const { pid, line, ended, process: killed } = program("hang");
    expect(await line()).toBe("computing");
    killed.kill("SIGKILL");
    await ended;
    expect(leftBy(pid)).toHaveLength(2);
    await program().ended;
    expect(leftBy(pid)).toEqual([]);
  });
});
