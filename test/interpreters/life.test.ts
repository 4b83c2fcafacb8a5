/** Interpreters from their start to their end: one call after the other, cancelled, closed, dead. */
import { ExecutionFailedError, heap, ShutdownError, UnsupportedError, WorkerCrashedError } from "allcores";
import { getCurrent, getMain, Interpreter, listAll } from "allcores/interpreters";
import { Lock, OwnerDiedError } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { start } from "../support/system.js";
import { failureOf, js, make, readGlobal, valueIn } from "./made.js";

const add = js<(a: number, b: number) => number>("add");
const untilCancelled = js<(mark: SharedArrayBuffer) => string>("untilCancelled");

describe("Interpreter", { timeout: 15_000 }, () => {
  it("is listed from its start to its end, by an id that is never used again", async () => {
    expect(listAll()).toEqual([getMain()]);
    expect(getCurrent()).toBe(getMain());
    expect(getMain()).toMatchObject({ id: 0, name: "main" });
    expect(getMain().isRunning()).toBe(true);
    const [first, second] = [await make("first"), await make()];
    expect(listAll()).toEqual([getMain(), first, second]);
    expect([first.name, second.name]).toEqual(["first", `interpreter-${second.id}`]);
    expect(first.id).not.toBe(second.id);
    await first.close();
    expect(listAll()).toEqual([getMain(), second]);
    const third = await make();
    expect([0, first.id, second.id]).not.toContain(third.id);
  });

  it("has globals of its own, which its calls and sources share", async () => {
    const [one, other] = [await make(), await make()];
    await one.exec("globalThis.counted = 41; let hidden = 1");
    const countUp = js<(by?: number) => number>("countUp");
    expect(await one.call(countUp)).toBe(42);
    expect(await one.call(countUp, [8])).toBe(50);
    expect(await valueIn(one, "counted + hidden")).toBe(51);
    expect(await other.call(readGlobal, ["counted"])).toBeUndefined();
    expect((globalThis as { counted?: number }).counted).toBeUndefined();
  });

  it("calls kernels as submit does: clones, heap arrays, errors", async () => {
    const interpreter = await make("calling");
    expect(await interpreter.call(add, [1, 2])).toBe(3);
    using scope = heap.scope();
    const array = scope.int32(3);
    expect(await interpreter.call(js<(array: Int32Array, value: number) => void>("fill"), [array, 7])).toEqual(array);
    expect([...array]).toEqual([7, 7, 7]);
    const error = await failureOf(interpreter.call(js("fail")));
    expect(error).toBeInstanceOf(ExecutionFailedError);
    expect(error.message).toMatch(/^fail \(file:.*\) in interpreter "calling" failed: RangeError: on purpose$/);
    expect(error.cause).toMatchObject({ name: "RangeError", cause: { message: "deeper" } });
    const unsent = await failureOf(interpreter.call(js("functionResult")));
    expect(unsent.message).toMatch(/in interpreter "calling" returned a value that can't be sent back/);
    const left = await failureOf(interpreter.call(js("floating")));
    expect(left.message).toMatch(/^floating \(file:.*\) in interpreter "calling" left an error behind: Error: left/);
    expect(await interpreter.call(add, [1, 2])).toBe(3);
  });

  it("runs calls one after the other, in the order in which they were made", async () => {
    const interpreter = await make();
    await interpreter.exec("globalThis.order = []");
    const push = (what: string) => `order.push(${JSON.stringify(what)})`;
    const calls = [
      interpreter.exec(`await new Promise((resolve) => setTimeout(resolve, 10)); ${push("slow")}`),
      interpreter.call(add, [1, 2]),
      interpreter.exec(push("fast")),
      interpreter.prepareMain({ given: 5 }),
      interpreter.exec(push("last")),
    ];
    expect(interpreter.isRunning()).toBe(true);
    expect((calls[0] as { state?: string }).state).toBe("pending");
    await Promise.all(calls);
    expect(interpreter.isRunning()).toBe(false);
    expect(await valueIn(interpreter, "order.join() + given")).toBe("slow,fast,last5");
  });

  it("is itself inside, and knows the main one and those that it makes", async () => {
    const interpreter = await make("outer");
    await interpreter.exec(`
      const api = await import("allcores/interpreters");
      const me = api.getCurrent();
      globalThis.told = { me: { ...me }, running: me.isRunning(), main: { ...api.getMain() }, all: api.listAll().length };
      const inner = await api.Interpreter.create({ name: "inner" });
      told.more = api.listAll().map(({ name }) => name);
      told.refusals = [];
      for (const wrong of [me.close(), me.exec("1"), api.getMain().close(), api.getMain().prepareMain({}), inner.close()])
        told.refusals.push(await wrong.then(() => "done", ({ name }) => name));
    `);
    expect(await interpreter.call(readGlobal, ["told"])).toEqual({
      me: { id: interpreter.id, name: "outer" },
      running: true,
      main: { id: 0, name: "main" },
      all: 1,
      more: ["main", "inner"],
      refusals: [...Array(4).fill("UnsupportedError"), "done"],
    });
  });

  it("crosses by its id: itself to where it was made, a name to others", async () => {
    const [one, other] = [await make("one"), await make("other")];
    await one.prepareMain({ self: one, other });
    await one.exec(`
      const { getCurrent } = await import("allcores/interpreters");
      globalThis.told = [self === getCurrent(), self.isRunning(), other.name, await other.exec("1").catch(String)];
      globalThis.back = { ...other };
    `);
    expect(await one.call(readGlobal, ["told"])).toEqual([
      true,
      true,
      "other",
      'UnsupportedError: exec: interpreter "other" is none that this thread has made, and not closed',
    ]);
    expect(Interpreter.from((await one.call(readGlobal, ["back"])) as Interpreter)).toBe(other);
    expect(Interpreter.from(one.id)).toBe(one);
    expect(structuredClone(one)).toEqual({ id: one.id, name: "one" });
  });

  it("prints to stdout, before its call is over; a program ends although idle ones are open", async () => {
    const program = `
      import { Interpreter } from "allcores/interpreters";
      const one = await Interpreter.create();
      await one.exec("console.log(1); setInterval(() => {}, 1000)");
      console.log(2);
      await one.exec("console.log(3); process.stdout.write('x'.repeat(100_000) + '\\\\n')");
      console.log(4);`;
    const { code, stdout, stderr } = await start(program).ended;
    expect([code, stdout.replace(/x+/, "x"), stderr]).toEqual([0, "1\n2\n3\nx\n4\n", ""]);
  });

  it.each([0, 3])(
    "that exits with code %i ends alone: its call says so, later ones have no interpreter",
    async (code) => {
      const [interpreter, other] = [await make("leaving"), await make()];
      const first = failureOf(interpreter.exec(`process.exit(${code})`));
      const waiting = failureOf(interpreter.exec("1"));
      expect(await first).toBeInstanceOf(WorkerCrashedError);
      expect((await first).message).toBe(`interpreter "leaving" has ended: the worker thread exited with code ${code}`);
      for (const error of [await waiting, await failureOf(interpreter.call(add, [1, 2]))]) {
        expect(error).toBeInstanceOf(ShutdownError);
        expect(error.message).toBe(`interpreter "leaving" has ended: the worker thread exited with code ${code}`);
      }
      expect(listAll()).toEqual([getMain(), other]);
      await interpreter.close();
      await other.exec("1");
    },
  );

  it("that ends while it holds a lock: the next holder is told", async () => {
    const [interpreter, lock] = [await make(), new Lock()];
    await interpreter.call(js<(handle: Lock["handle"]) => void>("hold"), [lock.handle]);
    await interpreter.close();
    expect(() => lock.acquire()).toThrow(OwnerDiedError);
    expect([lock.recover(), lock.release()]).toEqual([true, undefined]);
  });
});

describe("cancel", { timeout: 15_000 }, () => {
  it("a kernel that returns in time keeps its interpreter", async () => {
    const interpreter = await make();
    await interpreter.exec("let kept = 1");
    for (const way of ["signal", "cancel"]) {
      const controller = new AbortController();
      const mark = new SharedArrayBuffer(4);
      const call = interpreter.call(untilCancelled, [mark], { signal: controller.signal });
      const failed = failureOf(call);
      await begun(mark);
      expect(call.state).toBe("running");
      const reason = new Error("enough");
      if (way === "signal") controller.abort(reason);
      else call.cancel(reason);
      expect([await failed, call.state]).toEqual([reason, "cancelled"]);
    }
    expect(await valueIn(interpreter, "kept")).toBe(1);
  });

  it.each([
    ["an endless loop", "while (true);"],
    ["a blocked thread", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
    ["an endless wait", "await new Promise(() => setInterval(() => {}, 1000))"],
  ])("%s costs its interpreter, and later calls say so", async (_, source) => {
    const interpreter = await make("endless");
    const controller = new AbortController();
    const call = interpreter.exec(source, { signal: controller.signal });
    const failed = failureOf(call);
    while (call.state !== "running") await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await failed).toBe(controller.signal.reason);
    const later = await failureOf(interpreter.exec("1"));
    expect(later).toBeInstanceOf(ShutdownError);
    expect(later.message).toBe(
      'interpreter "endless" has ended: a call that was stopped did not return within 40 ms, and cost it its thread',
    );
    expect(listAll()).toEqual([getMain()]);
  });

  it("a call that waits never begins, and those behind it do", async () => {
    const interpreter = await make();
    await interpreter.exec("globalThis.begun = []");
    const first = interpreter.exec("await new Promise((resolve) => setTimeout(resolve, 20)); begun.push(1)");
    const second = interpreter.exec("begun.push(2)");
    const third = interpreter.exec("begun.push(3)");
    second.cancel();
    expect((await failureOf(second)).name).toBe("AbortError");
    await Promise.all([first, third]);
    expect(await failureOf(interpreter.exec("begun.push(4)", { signal: AbortSignal.abort("no") }))).toBe("no");
    expect(await valueIn(interpreter, "begun.join()")).toBe("1,3");
  });

  it("an error ends no interpreter 40 ms later", async () => {
    const interpreter = await make();
    await failureOf(interpreter.exec("null.x"));
    await interpreter.exec("await new Promise((resolve) => setTimeout(resolve, 80)); let kept = 1");
    expect(await valueIn(interpreter, "kept")).toBe(1);
  });
});

describe("close", { timeout: 15_000 }, () => {
  it("is refused while a call is under way or waits", async () => {
    const interpreter = await make("busy");
    const call = interpreter.exec("await new Promise((resolve) => setTimeout(resolve, 20))");
    const error = await failureOf(interpreter.close());
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toBe('close: interpreter "busy" is running; await its calls, or close({ cancel: true })');
    await call;
    await interpreter.close();
    await interpreter.close();
    await interpreter.close({ cancel: true });
    for (const late of [interpreter.exec("1"), interpreter.call(add, [1, 2]), interpreter.prepareMain({ a: 1 })])
      expect(await failureOf(late)).toMatchObject({ name: "ShutdownError", code: "ERR_SHUTDOWN" });
    expect(interpreter.isRunning()).toBe(false);
  });

  it("cancels what is under way and what waits", async () => {
    const interpreter = await make("busy");
    const calls = [interpreter.exec("while (true);"), interpreter.exec("1")].map(failureOf);
    await interpreter.close({ cancel: true });
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(ShutdownError);
      expect(error.message).toBe('interpreter "busy" has ended: it was closed');
    }
  });

  it("by `await using` waits for the calls", async () => {
    let call: Promise<void>;
    let closed: Interpreter;
    {
      await using interpreter = await Interpreter.create();
      call = interpreter.exec("await new Promise((resolve) => setTimeout(resolve, 20))");
      closed = interpreter;
    }
    await call;
    expect(await failureOf(closed.exec("1"))).toBeInstanceOf(ShutdownError);
  });

  it("of the main interpreter is refused", async () => {
    for (const call of [getMain().close(), getMain().exec("1"), getMain().prepareMain({}), getMain().call(add, [1, 2])])
      expect(await failureOf(call)).toBeInstanceOf(UnsupportedError);
  });
});

async function begun(mark: SharedArrayBuffer): Promise<void> {
  await (
    Atomics as unknown as { waitAsync(words: Int32Array, at: number, value: number): { value: Promise<string> } }
  ).waitAsync(new Int32Array(mark), 0, 0).value;
}
