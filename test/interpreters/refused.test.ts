/** Interpreters where the system refuses something: the inspector, workers, threads. */
import { UnsupportedError } from "allcores";
import { describe, expect, it } from "vitest";
import { run } from "../support/system.js";
import { failureOf, js, make, readGlobal } from "./made.js";

/** Node 20 has the permission model as an experiment. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

describe("refused", { timeout: 20_000 }, () => {
  it("the inspector: exec says so, the rest works", async () => {
    const interpreter = await make();
    await interpreter.call(js("refuseInspector"));
    const error = await failureOf(interpreter.exec("1"));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(
      /^exec needs Node's inspector, which is not to be had here: Access to this API has been restricted \(/,
    );
    await interpreter.prepareMain({ given: 1 });
    expect(await interpreter.call(readGlobal, ["given"])).toBe(1);
  });

  it("workers, by the permission model: create says so", async () => {
    const told = await run(
      `import { Interpreter } from "allcores/interpreters";
      const told = await Interpreter.create().catch(({ name, message }) => ({ name, message }));
      console.log(JSON.stringify(told));`,
      { options: [PERMISSION, "--allow-fs-read=*"] },
    );
    expect(told).toEqual({
      name: "WorkerCrashedError",
      message: expect.stringMatching(/^the worker thread could not be started: Access to this API has been restricted/),
    });
  });

  it("a thread, by the system: create says so", async () => {
    const told = await run(`
      import threads from "node:worker_threads";
      import { syncBuiltinESMExports } from "node:module";
      threads.Worker = class { constructor() { throw new Error("EAGAIN: no thread left"); } };
      syncBuiltinESMExports();
      const { Interpreter, listAll } = await import("allcores/interpreters");
      const { name, message } = await Interpreter.create().catch((error) => error);
      console.log(JSON.stringify({ name, message, all: listAll().length }));`);
    expect(told).toEqual({
      name: "WorkerCrashedError",
      message: "the worker thread could not be started: EAGAIN: no thread left",
      all: 1,
    });
  });

  it("a thread that ends before it is up: create says so", async () => {
    const early = 'import { isMainThread } from "node:worker_threads"; if (!isMainThread) process.exit(7);';
    const told = await run(
      `import { Interpreter } from "allcores/interpreters";
      const { name, message } = await Interpreter.create().catch((error) => error);
      console.log(JSON.stringify({ name, message }));`,
      { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(early)}` } },
    );
    expect(told).toEqual({
      name: "WorkerCrashedError",
      message: "the interpreter could not be started: the worker thread exited with code 7",
    });
  });
});
