/** In a clone, Node's `--enable-source-maps` makes stacks name src/, in every thread and process. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT, run } from "../support/system.js";

const PROGRAM = `
  import { AsyncExecutor, jsKernel, ProcessExecutor, SerialExecutor, ThreadExecutor } from "allcores";
  import { pathToFileURL } from "node:url";
  const throws = jsKernel(pathToFileURL("test/fixtures/messages.mjs"), "nestedAggregate");
  const stacks = {};
  for (const Executor of [SerialExecutor, ThreadExecutor, AsyncExecutor, ProcessExecutor]) {
    const executor = new Executor({ workers: 1 });
    await executor.submit(throws).catch((error) => { stacks[Executor.name] = error.cause.stack; });
    await executor.shutdown();
  }
  console.log(JSON.stringify(stacks));`;

it("a stack of every executor names files and lines of src/ in place of dist/", async () => {
  const stacks = await run<Record<string, string>>(PROGRAM, { env: { NODE_OPTIONS: "--enable-source-maps" } });
  expect(Object.keys(stacks)).toEqual(["SerialExecutor", "ThreadExecutor", "AsyncExecutor", "ProcessExecutor"]);
  for (const [executor, stack] of Object.entries(stacks)) {
    const sources = [...stack.matchAll(/\((\S+?[/\\]src[/\\]\S+?\.ts):\d+:\d+\)/g)].map(([, path = ""]) => path);
    expect(sources.length, executor).toBeGreaterThan(3);
    for (const path of sources) expect(existsSync(path), path).toBe(true);
    expect(stack, executor).not.toContain(join(ROOT, "dist"));
  }
});
