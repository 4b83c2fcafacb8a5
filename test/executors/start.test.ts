/** Workers start when jobs need them, no more than are needed; one that can't be started is told, and never waited for. */
import { join } from "node:path";
import { estimatePi, heap, jsKernel } from "allcores";
import { describe, expect, it } from "vitest";
import { add, KERNELS, spinItems } from "../support/kernels.js";
import { childrenOf, isLinux, run, start, temporaryFolder, threadCount, warmThreadPool } from "../support/system.js";
import { executors, withWorkers } from "./all.js";

const PRELUDE = `
  import { AsyncExecutor, ProcessExecutor, SerialExecutor, ThreadExecutor, jsKernel } from "allcores";
  const made = { serial: SerialExecutor, threads: ThreadExecutor, processes: ProcessExecutor, async: AsyncExecutor };
  const js = (name) => jsKernel("${KERNELS}", name);
  const told = (promise) => promise.then((value) => ({ value }), ({ name, message }) => ({ name, message }));
`;
/** A program's answer to everything that an executor may be asked for. */
const ASK = `
  const [submit, ready] = await Promise.all([told(executor.submit(js("add"), [1, 2])), told(executor.ready())]);
  const range = await told(executor.parallelFor(js("noNumber"), 10)); // which asks for workers again
  const { pending } = executor;
  const shutdown = await told(executor.shutdown({ cancel: true }));
  console.log(JSON.stringify({ submit, range, ready, pending, shutdown }));
`;
/** Loaded by every thread and process of a program before anything else. */
const early = (code: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` });
const WORKER = `(await import("node:worker_threads")).isMainThread === false || process.send !== undefined`;

interface Told {
  readonly value?: unknown;
  readonly name?: string;
  readonly message?: string;
}
type Answers = Record<"submit" | "range" | "ready" | "shutdown", Told> & { readonly pending: number };

function expectCrashes({ submit, range, ready, shutdown, pending }: Answers, reason: RegExp): void {
  for (const told of [submit, range, ready]) {
    expect(told.name).toBe("WorkerCrashedError");
    expect(told.message).toMatch(reason);
  }
  expect([shutdown, pending]).toEqual([{}, 0]);
}

describe.each(withWorkers)("$kind", ({ kind, workers: where, make }) => {
  it("workers that end before they are up: told by submit, ranges and ready, with the reason", async () => {
    const program = `${PRELUDE} const executor = new made.${kind}({ workers: 2 }); ${ASK}`;
    const answers = await run<Answers>(program, { env: early(`if (${WORKER}) process.exit(7);`) });
    expectCrashes(answers, /^\d+ workers in a row ended before they were up: .* exited with code 7$/);
  });

  it("what could not be started at first serves the queue in the end", async () => {
    const count = join(temporaryFolder(), "starts");
    const code = `if (${WORKER}) {
      const { appendFileSync, readFileSync } = await import("node:fs");
      appendFileSync(${JSON.stringify(count)}, "x");
      if (readFileSync(${JSON.stringify(count)}).length <= 3) process.exit(7);
    }`;
    const program = `${PRELUDE} const executor = new made.${kind}({ workers: 2 }); ${ASK}`;
    const answers = await run<Answers>(program, { env: early(code) });
    expect(answers).toMatchObject({ submit: { value: 3 }, range: {}, ready: {}, shutdown: {} });
  });

  it.runIf(isLinux)(
    "no more are started than a job has chunks, and ready starts as many as it is asked for",
    async () => {
      await warmThreadPool();
      const made = () => (where === "processes" ? childrenOf().length : threadCount());
      await using executor = make({ workers: 4 });
      const before = made();
      await executor.submit(add, [1, 2]);
      await executor.submit(add, [1, 2]);
      expect(made()).toBe(before + 1);
      await executor.parallelFor(spinItems, 2, [0], { grain: 1 });
      expect(made()).toBeLessThanOrEqual(before + 2);
      await executor.ready(3);
      expect(made()).toBe(before + 3);
      await executor.ready();
      expect(made()).toBe(before + 4);
    },
  );

  it("messages that others post to the parent are ignored", async () => {
    // As Node's own of watch mode, before a worker is up and at any time.
    const code = `if (${WORKER}) {
      const { parentPort } = await import("node:worker_threads");
      const post = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message));
      for (const message of [{ "watch:import": ["file:///a.mjs"] }, null, "text", 5, { allcores: "else" }]) post(message);
      setInterval(() => post({ "watch:import": ["file:///b.mjs"] }), 1).unref();
    }`;
    const program = `${PRELUDE} const executor = new made.${kind}({ workers: 2 }); ${ASK}`;
    const answers = await run<Answers>(program, { env: early(code) });
    expect(answers).toMatchObject({ submit: { value: 3 }, range: {}, ready: {}, shutdown: {} });
  });

  it("a kernel may post to its parent, which changes nothing", async () => {
    await using executor = make({ workers: 1 });
    const post = jsKernel<(value: unknown) => unknown>(KERNELS, "postToParent");
    expect(await executor.submit(post, [{ ready: true }])).toEqual({ ready: true });
    expect(await executor.submit(add, [1, 2])).toBe(3);
  });
});

describe.each(executors)("$kind", ({ make }) => {
  it.each<[unknown, RegExp]>([
    [0, /workers must be a whole number/],
    [1.5, /workers must be a whole number/],
    ["2", /workers must be a whole number/],
  ])("ready(%j) is refused", async (count, message) => {
    await using executor = make({ workers: 1 });
    await expect(executor.ready(count as number)).rejects.toThrow(message);
  });

  it("a small job on many workers takes the memory of a few", async () => {
    await using executor = make({ workers: 8 });
    const before = heap.stats();
    expect((await estimatePi({ samples: 1000, seed: 1, executor })).samples).toBe(1000);
    expect(heap.stats()).toEqual(before);
  });
});

it("a process that can't be spawned: the system's reason", async () => {
  const program = `${PRELUDE}
    process.execPath = "/nonexistent/node";
    const executor = new ProcessExecutor({ workers: 2 });
    ${ASK}`;
  expectCrashes(await run<Answers>(program), /could not be started: spawn \/nonexistent\/node ENOENT$/);
});

it.runIf(isLinux)("a process for which there is no file left: the system's reason, and no uncaught error", async () => {
  const program = `${PRELUDE}
    import { closeSync, openSync } from "node:fs";
    const executor = new ProcessExecutor({ workers: 2 });
    await executor.submit(js("add"), [1, 2]);
    const files = [];
    try { for (;;) files.push(openSync("/dev/null")); } catch {}
    const busy = executor.submit(js("spin"), [300, 1]);
    const queued = await told(executor.submit(js("add"), [3, 4])); // no second worker: it waits for the first
    const first = await told(busy);
    process.kill(Number((await executor.submit(js("whoAmI"))).split("/")[0]), "SIGKILL");
    const failed = await told(executor.submit(js("add"), [1, 2]));
    for (const file of files) closeSync(file);
    const healed = await told(executor.submit(js("add"), [5, 6]));
    await executor.shutdown();
    console.log(JSON.stringify({ queued, first, failed, healed }));`;
  const { queued, first, failed, healed } = await run<Record<string, Told>>(program, { before: "ulimit -n 128" });
  expect([queued, first, healed]).toEqual([{ value: 7 }, { value: 1 }, { value: 11 }]);
  if (failed?.name) expect(failed).toMatchObject({ name: "WorkerCrashedError" });
});

it.each(["threads", "async"])("%s that the system refuses: its reason", async (kind) => {
  const program = `
    import threads from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    class Refused { constructor() { throw Object.assign(new Error("EAGAIN: no thread left"), { code: "ERR_WORKER_INIT_FAILED" }); } }
    threads.Worker = Refused;
    syncBuiltinESMExports();
    const { AsyncExecutor, ThreadExecutor, jsKernel } = await import("allcores");
    const js = (name) => jsKernel("${KERNELS}", name);
    const told = (promise) => promise.then((value) => ({ value }), ({ name, message }) => ({ name, message }));
    const executor = new { threads: ThreadExecutor, async: AsyncExecutor }.${kind}({ workers: 2 });
    ${ASK}`;
  expectCrashes(await run<Answers>(program), /could not be started: EAGAIN: no thread left$/);
});

it("a process that does not heed SIGTERM is ended, by a timer that test runners do not stop", async () => {
  const program = `${PRELUDE}
    import { mock } from "node:test";
    const executor = new ProcessExecutor({ workers: 1 });
    const deaf = "data:text/javascript,process.on('SIGTERM', () => {}); export const id = (x) => x;";
    await executor.submit(jsKernel(deaf, "id"), [1]);
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    await executor.shutdown();
    console.log(JSON.stringify({ pending: executor.pending }));
    mock.timers.reset();`;
  expect(await run(program)).toEqual({ pending: 0 });
});

it("a Thread that the system refuses: its reason", async () => {
  const program = `
    import threads from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    threads.Worker = class { constructor() { throw new Error("EAGAIN: no thread left"); } };
    syncBuiltinESMExports();
    const { jsKernel } = await import("allcores");
    const { Thread } = await import("allcores/threading");
    try { new Thread(jsKernel("${KERNELS}", "add"), [1, 2], { name: "late" }).start(); }
    catch ({ name, message }) { console.log(JSON.stringify({ name, message })); }`;
  expect(await run(program)).toEqual({
    name: "WorkerCrashedError",
    message: "late could not be started: EAGAIN: no thread left",
  });
});

it("many more workers than cores: one warning", async () => {
  const program = start(`${PRELUDE}
    process.on("warning", ({ name, message }) => console.log(name + ": " + message));
    for (const kind of ["threads", "processes", "async"]) await new made[kind]({ workers: 1000 }).submit(js("add"), [1, 2]);
    console.log("end");`);
  expect(await program.line()).toMatch(/^AllcoresWarning: 1000 workers for \d+ cores?: /);
  expect(await program.line()).toBe("end");
});
