/** Files that are program and kernel at once: the guard, and what is said where it is missing. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../package/consumer.js";
import { ROOT, temporaryFolder } from "../support/system.js";

const LIMIT = 20_000;

/** Runs a file beside others, in a folder that has the package. */
async function runFile(program: string, others: Record<string, string> = {}) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/allcores"), "junction");
  const files = { ...others, "program.mjs": program };
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  return run(folder, process.execPath, ["program.mjs"], LIMIT - 2000);
}

const KERNELS = `
  import * as allcores from "allcores";
  import { Thread } from "allcores/threading";
  import { isKernelThread } from "allcores/worker";
  const { jsKernel, toThread, SerialExecutor, ThreadExecutor, ProcessExecutor, AsyncExecutor } = allcores;
  const loadedIn = isKernelThread();
  export const double = (x) => 2 * x;
  export const where = () => [loadedIn, isKernelThread()].join();
  export const sum = (begin, end) => end - begin;
  const kernel = (name) => jsKernel(import.meta.url, name);
`;

describe("isKernelThread", () => {
  it("is the guard of the program on every executor, at the top level of the file", { timeout: LIMIT }, async () => {
    const { code, stdout, stderr } = await runFile(`${KERNELS}
      if (!isKernelThread()) {
        const all = [];
        for (const Kind of [ThreadExecutor, ProcessExecutor, AsyncExecutor]) {
          const executor = new Kind({ workers: 2 });
          const combine = (a, b) => a + b;
          const total = await executor.parallelReduce(kernel("sum"), 1000, [], { combine, initial: 0 });
          all.push(await executor.submit(kernel("double"), [21]), await executor.submit(kernel("where")), total);
          await executor.shutdown();
        }
        all.push(await toThread(kernel("where")));
        const thread = new Thread(kernel("where"));
        thread.start();
        await thread.joinAsync();
        all.push(thread.value, isKernelThread());
        console.log(all.join(" "));
      }`);
    const each = "42 true,true 1000";
    expect([stderr, stdout, code]).toEqual(["", `${each} ${each} ${each} true,true true,true false\n`, 0]);
  });

  it("is false on a SerialExecutor, in the file's own kernels and in those of another", {
    timeout: LIMIT,
  }, async () => {
    const others = { "kernels.mjs": KERNELS };
    const { stdout } = await runFile(
      `${KERNELS}
      // Called, not awaited by the top level.
      async function main() {
        const serial = new SerialExecutor();
        const other = jsKernel(new URL("kernels.mjs", import.meta.url), "where");
        console.log(await serial.submit(kernel("where")), await serial.submit(other), isKernelThread());
      }
      main();`,
      others,
    );
    expect(stdout).toBe("false,false false,false false\n");
  });

  it("is false in a worker thread of the program's own", { timeout: LIMIT }, async () => {
    const { stdout } = await runFile(`${KERNELS}
      import { isMainThread, Worker } from "node:worker_threads";
      if (isMainThread) new Worker(new URL(import.meta.url));
      else console.log(where());`);
    expect(stdout).toBe("false,false\n");
  });
});

describe("a program in a file of kernels without the guard", () => {
  const SUBMIT = 'submit(kernel("double"), [21])';
  it.each([
    ["a pool of threads", `await new ThreadExecutor().${SUBMIT}`],
    ["a pool of processes", `await new ProcessExecutor().${SUBMIT}`],
    ["workers of its own", `await new AsyncExecutor().${SUBMIT}`],
    ["an array on the heap", `allcores.heap.float64(8); await toThread(kernel("double"), [21])`],
    ["the default executor, which is serial in a worker", `await allcores.defaultExecutor().${SUBMIT}`],
    [
      "a Thread, which would start another, and so on",
      'const thread = new Thread(kernel("double"), [21]); thread.start(); await thread.joinAsync()',
    ],
    ["toThread, in a worker too", `await toThread(kernel("double"), [21])`],
  ])("is told of it: %s", { timeout: LIMIT }, async (_, statement) => {
    const { code, stdout, stderr } = await runFile(`${KERNELS}
      console.error("at the top level", isKernelThread());
      try { ${statement}; } catch (error) { console.log(error.name, error.message); throw error; }`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^KernelError double \(.*program\.mjs\) could not be loaded: UnsupportedError: /m);
    expect(stdout).toMatch(/guard the program with `if \(!isKernelThread\(\)\)`, of allcores\/worker/);
    expect(stderr).toMatch(/at the top level true/);
  });
});

describe("a module that awaits itself on a SerialExecutor", () => {
  const REFUSED =
    /^UnsupportedError ERR_UNSUPPORTED the top level of file:.*\.mjs never ends, .*awaits this very call/m;
  const CATCH = "catch (error) { console.log(error.name, error.code, error.message); throw error; }";
  it.each([
    ["submit", 'submit(kernel("double"), [21])'],
    ["map", 'map(kernel("double"), [1, 2]).next()'],
    ["parallelFor", 'parallelFor(kernel("sum"), 10)'],
    [
      "parallelReduce",
      'parallelReduce(kernel("sum"), 10, [], { combine: (a, b) => a + b, initial: 0, onProgress() {} })',
    ],
  ])("is an UnsupportedError: %s", { timeout: LIMIT }, async (_, call) => {
    const program = `${KERNELS} try { await new SerialExecutor().${call}; } ${CATCH}`;
    const { code, stdout, stderr } = await runFile(program);
    expect(stdout).toMatch(REFUSED);
    expect(stderr).toMatch(/UnsupportedError: the top level of/);
    expect(code).toBe(1);
  });

  it("goes on, if it catches that", { timeout: LIMIT }, async () => {
    const program = `${KERNELS}
      import { setTimeout as delay } from "node:timers/promises";
      const serial = new SerialExecutor();
      const error = await serial.submit(kernel("double"), [21]).catch((error) => error);
      await delay(10);
      const again = await serial.submit(kernel("double"), [21]).catch((error) => error);
      setImmediate(async () => console.log(error.code, again.code, await serial.submit(kernel("double"), [21])));`;
    const { code, stdout } = await runFile(program);
    expect([stdout, code]).toEqual(["ERR_UNSUPPORTED ERR_UNSUPPORTED 42\n", 0]);
  });

  it("through another module, as the one that is imported by the program", { timeout: LIMIT }, async () => {
    const others = { "kernels.mjs": `${KERNELS} await new SerialExecutor().submit(kernel("double"), [21]);` };
    const program = `${KERNELS}
      try {
        await new SerialExecutor().submit(jsKernel(new URL("kernels.mjs", import.meta.url), "double"), [21]);
      } ${CATCH}`;
    const { code, stdout } = await runFile(program, others);
    expect(stdout).toMatch(REFUSED);
    expect(code).toBe(1);
  });

  it("in a thread of the program's own", { timeout: LIMIT }, async () => {
    const { code, stdout } = await runFile(`${KERNELS}
      import { isMainThread, Worker } from "node:worker_threads";
      if (isMainThread) new Worker(new URL(import.meta.url)).on("error", (error) => console.log(error.code));
      else await new SerialExecutor().submit(kernel("double"), [21]);`);
    expect([stdout, code]).toEqual(["ERR_UNSUPPORTED\n", 0]);
  });

  it("is not one that awaits something else, on any executor", { timeout: LIMIT }, async () => {
    const slow = `
      import { setTimeout as delay } from "node:timers/promises";
      await delay(300);
      await import("./other.mjs");
      export const double = (x) => 2 * x;`;
    const { code, stdout, stderr } = await runFile(
      `${KERNELS}
      const slow = jsKernel(new URL("slow.mjs", import.meta.url), "double");
      const all = [];
      const serial = new SerialExecutor();
      const options = { workers: 1 };
      const pools = [new ThreadExecutor(options), new ProcessExecutor(options), new AsyncExecutor(options)];
      for (const executor of [serial, ...pools]) all.push(await executor.submit(slow, [21]));
      for await (const value of serial.map(slow, [1, 2, 3], { window: 3 })) all.push(value);
      for (const pool of pools) await pool.shutdown();
      console.log(all.join());`,
      { "slow.mjs": slow, "other.mjs": "await new Promise((resolve) => setTimeout(resolve, 100));" },
    );
    expect([stderr, stdout, code]).toEqual(["", "42,42,42,42,2,4,6\n", 0]);
  });

  it("is not two calls at once that load one module, within a kernel", { timeout: LIMIT }, async () => {
    const others = {
      "outer.mjs": `
        import { jsKernel, SerialExecutor } from "allcores";
        const double = jsKernel(new URL("slow.mjs", import.meta.url), "double");
        export async function outer() {
          const serial = new SerialExecutor();
          return (await Promise.all([1, 2].map((x) => serial.submit(double, [x])))).join();
        }`,
      "slow.mjs": "await new Promise((resolve) => setTimeout(resolve, 50)); export const double = (x) => 2 * x;",
    };
    const { stdout, stderr } = await runFile(
      `${KERNELS}
      const executor = new ThreadExecutor({ workers: 1 });
      console.log(await executor.submit(jsKernel(new URL("outer.mjs", import.meta.url), "outer")));`,
      others,
    );
    expect([stderr, stdout]).toEqual(["", "2,4\n"]);
  });
});

it("threads that start between two processes are no leak of listeners", { timeout: LIMIT }, async () => {
  const { stderr, stdout } = await runFile(`
    import { ProcessExecutor, ThreadExecutor } from "allcores";
    for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(2);
    const processes = new ProcessExecutor({ workers: 2 });
    await processes.ready(1);
    const threads = new ThreadExecutor({ workers: 3 });
    await threads.ready();
    await processes.ready();
    console.log("up");`);
  expect([stderr, stdout]).toEqual(["", "up\n"]);
});
