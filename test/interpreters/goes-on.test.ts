/** Calls that have failed by an error that nothing caught, while their sources go on: the next call waits for them. */
import { type Future, heap, ShutdownError, UnsupportedError } from "allcores";
import { getMain, type Interpreter, listAll } from "allcores/interpreters";
import { Event } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { start } from "../support/system.js";
import { failureOf, js, make, readGlobal } from "./made.js";

const SOURCE = `
  setTimeout(() => { throw new RangeError("left") });
  await gate.waitAsync();
  order.push("first");`;
const throwAndWait = js<(gate: Event["handle"], pinned?: Int32Array) => Promise<void>>("throwAndWait");

/** How such a call is made; it may be given a signal. */
type Failing = (on: Interpreter, gate: Event, options?: { signal: AbortSignal }) => Future<void>;
const ways: [string, Failing][] = [
  ["exec", (on, _, options) => on.exec(SOURCE, options)],
  ["call", (on, gate, options) => on.call(throwAndWait, [gate.handle], options)],
];

/** An interpreter with a call that has failed, and goes on until its gate opens. */
async function goingOn(failing: Failing, options?: { signal: AbortSignal }) {
  const [interpreter, gate] = [await make("going"), new Event()];
  await interpreter.prepareMain({ gate, order: [] });
  const error = await failureOf(failing(interpreter, gate, options));
  expect(error.cause).toMatchObject({ name: "RangeError", message: "left" });
  return { interpreter, gate };
}

describe.each(ways)("%s", { timeout: 15_000 }, (_, failing) => {
  it("the next call begins when the source has settled; until then it runs, and is not closed", async () => {
    const { interpreter, gate } = await goingOn(failing);
    const next = interpreter.exec("order.push('second')");
    await make(); // takes longer than a call
    expect(next.state).toBe("pending");
    expect(interpreter.isRunning()).toBe(true);
    expect(await failureOf(interpreter.close())).toBeInstanceOf(UnsupportedError);
    gate.set();
    await next;
    expect(await interpreter.call(readGlobal, ["order"])).toEqual(["first", "second"]);
    expect(interpreter.isRunning()).toBe(false);
    await interpreter.close();
  });

  it("a call that waits for it can be cancelled", async () => {
    const { interpreter, gate } = await goingOn(failing);
    const next = interpreter.exec("order.push('second')");
    next.cancel();
    expect((await failureOf(next)).name).toBe("AbortError");
    gate.set();
    expect(await interpreter.call(readGlobal, ["order"])).toEqual(["first"]);
  });

  it("close({ cancel: true }) ends it, and what waits for it", async () => {
    const { interpreter } = await goingOn(failing);
    const next = failureOf(interpreter.exec("1"));
    await interpreter.close({ cancel: true });
    expect((await next).message).toBe('interpreter "going" has ended: it was closed');
    expect([interpreter.isRunning(), listAll()]).toEqual([false, [getMain()]]);
  });

  it("its signal ends it, also when its future has rejected", async () => {
    const controller = new AbortController();
    const { interpreter } = await goingOn(failing, { signal: controller.signal });
    const next = failureOf(interpreter.exec("1"));
    controller.abort();
    expect(await next).toBeInstanceOf(ShutdownError);
    expect((await next).message).toMatch(/ has ended: a call that was stopped did not return within 40 ms/);
    expect(listAll()).toEqual([getMain()]);
  });

  it("disposal ends it", async () => {
    const { interpreter } = await goingOn(failing);
    await interpreter[Symbol.asyncDispose]();
    expect(listAll()).toEqual([getMain()]);
  });
});

describe("a call that has failed and goes on", { timeout: 15_000 }, () => {
  it("keeps its heap arrays", async () => {
    const [interpreter, gate, array] = [await make(), new Event(), heap.int32(4)];
    await interpreter.exec("globalThis.order = []");
    await failureOf(interpreter.call(throwAndWait, [gate.handle, array]));
    expect(() => heap.free(array)).toThrow(/used by a running job|in use/);
    gate.set();
    await interpreter.exec("1");
    heap.free(array);
  });

  it("is told that it has failed, and the interpreter goes on", async () => {
    const interpreter = await make();
    await failureOf(interpreter.call(js<() => Promise<void>>("throwAndLook")));
    await interpreter.exec("1");
  });

  it("is over when nothing can wake it any more", async () => {
    const interpreter = await make();
    for (const source of [
      "await new Promise(() => setTimeout(() => { throw new Error('left') }))",
      "setTimeout(() => { throw new Error('left') }); await new Promise((resolve) => { globalThis.wake = resolve })",
    ]) {
      await failureOf(interpreter.exec(source));
      await interpreter.exec("globalThis.next = 1");
    }
    await interpreter.exec("wake(); await null"); // what it wakes does not pass for this call
    expect(await interpreter.call(readGlobal, ["next"])).toBe(1);
  });

  it("does not keep a program alive, but calls that wait for it do", async () => {
    const failing =
      "setInterval(() => {}, 1000); setTimeout(() => { throw new Error('left') }); await new Promise(() => {})";
    const program = (rest: string) => `
      import { Interpreter } from "allcores/interpreters";
      const one = await Interpreter.create();
      await one.exec(${JSON.stringify(failing)}).catch(({ cause }) => console.log(cause.message));
      ${rest}`;
    expect(await start(program("")).ended).toMatchObject({ code: 0, stdout: "left\n" });
    const rest = "setTimeout(() => console.log('alive'), 50).unref(); await one.exec('1')";
    const waiting = start(program(rest));
    expect([await waiting.line(), await waiting.line()]).toEqual(["left", "alive"]);
    waiting.process.kill("SIGKILL");
    await waiting.ended;
  });
});

it("a source that waits for what nothing can settle any more outlives a collection of garbage", {
  timeout: 15_000,
}, async () => {
  const [interpreter, collected] = [await make(), new Event()];
  await interpreter.prepareMain({ collected });
  const waiting = interpreter.exec(`
    const [v8, vm] = [await import("node:v8"), await import("node:vm")];
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc");
    setTimeout(() => { collect(); collect(); collected.set(); });
    await new Promise(() => {});`);
  await collected.waitAsync();
  expect(waiting.state).toBe("running");
  await interpreter.close({ cancel: true });
  await expect(waiting).rejects.toBeInstanceOf(ShutdownError);
});
