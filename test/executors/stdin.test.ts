/** Kernels that read stdin: it is empty in workers, at once; the program keeps its own. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { jsKernel, toThread } from "allcores";
import { Thread } from "allcores/threading";
import { describe, expect, it, onTestFinished } from "vitest";
import { ROOT } from "../support/system.js";
import { shared, withWorkers } from "./all.js";

const url = new URL("../fixtures/kernels.mjs", import.meta.url);
const readStdin = jsKernel<() => Promise<string>>(url, "readStdin");
const readDescriptor = jsKernel<() => string>(url, "readDescriptor");
const exit = jsKernel<(code: number) => void>(url, "exit");

describe.each(withWorkers)("stdin on $kind", (row) => {
  const executor = shared(row);

  it("is empty, again and again, and in a worker that takes another's place", async () => {
    expect(await executor.it.map(readStdin, [undefined]).next()).toEqual({ done: false, value: "" });
    expect(await executor.it.submit(readStdin)).toBe("");
    await expect(executor.it.submit(exit, [3])).rejects.toThrow(/3/);
    expect(await Promise.all([0, 1, 2].map(() => executor.it.submit(readStdin)))).toEqual(["", "", ""]);
  });

  it.runIf(row.workers === "processes")("is empty by its descriptor too", async () => {
    expect(await executor.it.submit(readDescriptor)).toBe("");
  });
});

it("stdin is empty in toThread and in a Thread", async () => {
  expect(await toThread(readStdin)).toBe("");
  const thread = new Thread(readStdin);
  thread.start();
  await thread.joinAsync();
  expect(thread.value).toBe("");
});

it("the program keeps its stdin beside workers that read theirs, and kernels of a SerialExecutor read it", async () => {
  const program = `
    import { jsKernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
    const readStdin = jsKernel(${JSON.stringify(url.href)}, "readStdin");
    const pools = [new ThreadExecutor({ workers: 1 }), new ProcessExecutor({ workers: 1 })];
    for (const pool of pools) console.log("[" + (await pool.submit(readStdin)) + "]");
    console.log(await new SerialExecutor().submit(readStdin));
    for (const pool of pools) await pool.shutdown();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.end("the program's own");
  expect(await text(child.stdout)).toBe("[]\n[]\nthe program's own\n");
});
