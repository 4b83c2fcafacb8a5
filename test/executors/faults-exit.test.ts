/** The end of the process: idle executors never hold it up, and nothing outlives it. */
import { describe, expect, it, vi } from "vitest";
import { KERNELS } from "../support/kernels.js";
import { childrenOf, isAlive, isLinux, start } from "../support/system.js";
import { executors, withWorkers } from "./all.js";

/** How long after its last line a program may take to end: 0.1 s, and 1.6 s beside others' work. Idle workers are kept for 5 s. */
const AT_ONCE_MS = 3500;

const PRELUDE = `
  import {
    AsyncExecutor, ProcessExecutor, SerialExecutor, ThreadExecutor, defaultExecutor, estimatePi, heap, jsKernel,
    renderFractal, sumUpTo, toThread,
  } from "allcores";
  const made = { serial: SerialExecutor, threads: ThreadExecutor, processes: ProcessExecutor, async: AsyncExecutor };
  const js = (name) => jsKernel("${KERNELS}", name);
`;

/** Runs a program whose last act is to print "done"; tells how long it took to end after that. */
async function timeToEnd(code: string): Promise<number> {
  const program = start(`${PRELUDE}\n${code}\nconsole.log("done");`);
  while ((await program.line()) !== "done");
  const begin = performance.now();
  expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  return performance.now() - begin;
}

describe("a program ends by itself at once, without shutdown,", () => {
  it.each<[string, string]>([
    ["that only imports", ""],
    ["that used the default executor", "await estimatePi({ samples: 5e7 });"],
    ["that drew a picture", "await renderFractal({ width: 300, height: 200 });"],
    ["that used toThread", `await toThread(js("add"), [1, 2]);`],
    ["that uses the heap", "heap.float64(1e6);"],
    ...executors.flatMap(({ kind }): [string, string][] => [
      [
        `with an idle executor: ${kind}`,
        `const x = new made.${kind}({ workers: 2 }); await x.submit(js("add"), [1, 2]);`,
      ],
      [`with one that is up: ${kind}`, `await new made.${kind}({ workers: 2 }).ready();`],
      [`after a range: ${kind}`, `await sumUpTo(1e7, { executor: new made.${kind}({ workers: 2 }) });`],
      [
        `after a cancelled job: ${kind}`,
        `const job = sumUpTo(2 ** 32, { executor: new made.${kind}({ workers: 2 }), signal: AbortSignal.timeout(100) });
        await job.catch((error) => { if (error.name !== "TimeoutError") throw error; });`,
      ],
    ]),
  ])("%s", async (_, code) => {
    expect(await timeToEnd(code)).toBeLessThan(AT_ONCE_MS);
  });
});

describe("a program stays until its job is done", () => {
  it.each(executors)("$kind", async ({ kind }) => {
    const program = start(`${PRELUDE}
      sumUpTo(2e8, { executor: new made.${kind}({ workers: 2 }) }).then((sum) => console.log(String(sum)));`);
    expect(await program.line()).toBe("19999999900000000");
    expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

it.each(executors)("$kind: what kernels print goes to stderr, where there are workers", async ({ kind, workers }) => {
  const program = start(`${PRELUDE}
    const executor = new made.${kind}({ workers: 1 });
    await executor.submit(js("print"), ["from a kernel"]);
    setInterval(() => {}, 1000);`);
  const [to, other] = workers === "none" ? (["stdout", "stderr"] as const) : (["stderr", "stdout"] as const);
  await vi.waitFor(() => expect(program.output()[to].split("from a kernel")).toHaveLength(3), 10_000);
  expect(program.output()[other]).toBe("");
});

describe.skipIf(!isLinux)("no process outlives the program", () => {
  it.each<[string, string]>([
    ["idle", `await executor.submit(js("add"), [1, 2]);`],
    ["in endless loops", `for (let i = 0; i < 2; i++) executor.submit(js("forever"));`],
    ["in an endless range", `executor.parallelFor(js("foreverRange"), 100);`],
  ])("that is killed: children %s", async (_, code) => {
    const program = start(`${PRELUDE}
      const executor = new ProcessExecutor({ workers: 2 });
      await executor.ready();
      ${code}
      console.log("up");
      setInterval(() => {}, 1000);`);
    expect(await program.line()).toBe("up");
    const children = childrenOf(program.process.pid);
    expect(children).toHaveLength(2);
    program.process.kill("SIGKILL");
    await program.ended;
    await vi.waitFor(async () => expect(await Promise.all(children.map(isAlive))).toEqual([false, false]), 5000);
  });

  it("that exits in the middle of a job", async () => {
    const program = start(`${PRELUDE}
      const executor = new ProcessExecutor({ workers: 2 });
      await executor.ready();
      for (let i = 0; i < 2; i++) executor.submit(js("forever"));
      process.once("SIGTERM", () => process.exit(5));
      console.log("up");`);
    expect(await program.line()).toBe("up");
    const children = childrenOf(program.process.pid);
    program.process.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 5 });
    await vi.waitFor(async () => expect(await Promise.all(children.map(isAlive))).toEqual([false, false]), 5000);
  });
});

it.each(withWorkers)(
  "$kind: a failed job that nobody awaits is an unhandled rejection, a cancelled one is not",
  async (row) => {
    const program = start(`${PRELUDE}
    process.on("unhandledRejection", (error) => console.log("unhandled", error.name));
    const executor = new made.${row.kind}({ workers: 1 });
    executor.submit(js("fail"), ["x"]);
    executor.submit(js("add"), [1, 2]).cancel();`);
    const { code, stdout } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "unhandled KernelError\n" });
  },
);
