/** Named shared memory between processes and threads, and what is left of those that die. */
import { SharedMemory } from "allcores/shared-memory";
import { describe, expect, it } from "vitest";
import { isLinux, run, start } from "../support/system.js";
import { freshName, isThere, make } from "./names.js";

const IMPORT = 'import { SharedMemory } from "allcores/shared-memory";';
/** Keeps a program alive until it is killed. */
const HANG = "setInterval(() => {}, 1e6);";

describe("between processes", { timeout: 20_000 }, () => {
  it("a child fills 48 MB in place", async () => {
    const memory = make({ bytes: 48e6 });
    const view = memory.view("float64");
    const filled = await run(`${IMPORT}
      const view = SharedMemory.attach(${JSON.stringify(memory.name)}).view("float64");
      for (let i = 0; i < view.length; i++) view[i] = i / 2;
      console.log(JSON.stringify(view.length));`);
    expect(filled).toBe(6e6);
    expect(view.findIndex((value, i) => value !== i / 2)).toBe(-1);
  });

  it("a child makes it, and its parent keeps it", async () => {
    const name = freshName();
    const child = start(`${IMPORT}
      const memory = SharedMemory.create({ bytes: 80, name: ${JSON.stringify(name)} });
      memory.view("int32")[0] = 42;
      console.log("made");
      ${HANG}`);
    expect(await child.line()).toBe("made");
    const memory = SharedMemory.attach(name);
    const view = memory.view("int32");
    memory.unlink();
    child.process.kill("SIGTERM");
    await child.ended;
    expect([view[0], isThere(name)]).toEqual([42, false]);
  });

  it("one that is killed while it writes harms no other", async () => {
    const memory = make({ bytes: 8e6 });
    const view = memory.view("float64");
    const child = start(`${IMPORT}
      const view = SharedMemory.attach(${JSON.stringify(memory.name)}).view("float64");
      console.log("writing");
      for (let round = 1; ; round++) view.fill(round);`);
    expect(await child.line()).toBe("writing");
    while (view[0] === 0) await new Promise((resolve) => setImmediate(resolve));
    child.process.kill("SIGKILL");
    expect((await child.ended).signal).toBe("SIGKILL");
    expect(view[0]).toBeGreaterThan(0);
    view.fill(0.5);
    expect(SharedMemory.attach(memory.name).view("float64").at(-1)).toBe(0.5);
  });

  it.runIf(isLinux)("the maker is killed: what it made under a made-up name goes with the next create", async () => {
    const given = freshName();
    const maker = start(`${IMPORT}
      const [memory] = [SharedMemory.create({ bytes: 16 }), SharedMemory.create({ bytes: 16, name: "${given}" })];
      memory.view("int32")[1] = 5;
      console.log(memory.name);
      ${HANG}`);
    const name = await maker.line();
    make({ bytes: 8 }); // sweeps nothing of the living
    const memory = SharedMemory.attach(name);
    maker.process.kill("SIGKILL");
    await maker.ended;
    expect(memory.view("int32")[1]).toBe(5);
    make({ bytes: 8 });
    expect(isThere(name)).toBe(false);
    expect(memory.view("int32")[1]).toBe(5);
    // A name that was given may be meant to outlive its maker.
    SharedMemory.attach(given).unlink();
    expect(isThere(given)).toBe(false);
  });
});

describe.runIf(isLinux)("what is never unlinked", { timeout: 20_000 }, () => {
  it.each([
    ["a program that ends", ""],
    ["a program that exits", "process.exit(0);"],
  ])("is reported and removed: %s", async (_, end) => {
    const [left, unlinked] = [freshName(), freshName()];
    const { code, stderr } = await start(`${IMPORT}
      SharedMemory.create({ bytes: 48, name: "${left}" }).close();
      const memory = SharedMemory.create({ bytes: 48, name: "${unlinked}" });
      SharedMemory.attach("${unlinked}").unlink();
      ${end}`).ended;
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `allcores: shared memory "${left}" (48 bytes) was never unlinked, and is removed now\n`,
    });
    expect([isThere(left), isThere(unlinked)]).toEqual([false, false]);
  });

  it("is not what another process has made under the same name since", async () => {
    const name = freshName();
    const maker = start(`${IMPORT}
      SharedMemory.create({ bytes: 16, name: "${name}" });
      process.once("SIGTERM", () => process.exit(0));
      console.log("made");
      ${HANG}`);
    expect(await maker.line()).toBe("made");
    SharedMemory.attach(name).unlink();
    make({ bytes: 24, name });
    maker.process.kill("SIGTERM");
    expect(await maker.ended).toMatchObject({ code: 0, stderr: "" });
    expect(SharedMemory.attach(name).bytes).toBe(24);
  });

  it("of workers of executors and interpreters is reported at the end of the program", async () => {
    const names = Array.from({ length: 5 }, freshName);
    const { code, stderr } = await start(`${IMPORT}
      import { AsyncExecutor, jsKernel, ProcessExecutor, ThreadExecutor } from "allcores";
      import { Interpreter, InterpreterExecutor } from "allcores/interpreters";
      const leave = jsKernel(${JSON.stringify(new URL("../fixtures/shared-memory.mjs", import.meta.url).href)}, "leave");
      const names = ${JSON.stringify(names)};
      for (const Executor of [ThreadExecutor, AsyncExecutor, ProcessExecutor, InterpreterExecutor]) {
        const pool = new Executor({ workers: 1 });
        await pool.submit(leave, [names.pop()]);
        await pool.shutdown();
      }
      const interpreter = await Interpreter.create();
      await interpreter.call(leave, [names.pop()]);
      await interpreter.close();`).ended;
    const reported = [...stderr.matchAll(/shared memory "([^"]+)" \(8 bytes\) was never unlinked/g)];
    expect(code).toBe(0);
    expect(reported.map(([, name]) => name).sort()).toEqual([...names].sort());
    expect(names.filter(isThere)).toEqual([]);
  });

  it("of a thread is reported at its end", async () => {
    const name = freshName();
    const { stdout, stderr } = await start(`${IMPORT}
      import { Worker } from "node:worker_threads";
      import { existsSync } from "node:fs";
      const code = 'import("allcores/shared-memory").then(({ SharedMemory }) => SharedMemory.create({ bytes: 5, name: "${name}" }))';
      new Worker(code, { eval: true }).once("exit", () => console.log(existsSync("/dev/shm/${name}")));`).ended;
    expect(stdout).toBe("false\n");
    expect(stderr).toContain(`"${name}" (5 bytes) was never unlinked`);
  });
});

it("on macOS names are shorter, and the size alone reserves the pages", { timeout: 20_000 }, async () => {
  const answers = await run(`${IMPORT}
    import { createRequire } from "node:module";
    createRequire(process.cwd() + "/")("koffi"); // its binary is this system's
    Object.defineProperty(process, "platform", { value: "darwin" });
    const create = (name) => {
      try {
        const memory = SharedMemory.create({ bytes: 100, name });
        memory.view("int8")[99] = 3;
        const seen = SharedMemory.attach(name).view("int8")[99];
        memory.unlink();
        return seen;
      } catch (error) { return error.name; }
    };
    const name = "${freshName()}".slice(-30);
    console.log(JSON.stringify([create(name), create(name.padEnd(30, "x")), create(name.padEnd(31, "x"))]));`);
  expect(answers).toEqual([3, 3, "RangeError"]);
});
