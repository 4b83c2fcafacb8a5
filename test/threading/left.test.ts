/** A thread's outcome is told once, and what its call leaves behind keeps no process. */
import { once } from "node:events";
import { jsKernel, KernelError } from "allcores";
import { activeCount, excepthook, Thread, type Uncaught } from "allcores/threading";
import { describe, expect, it, onTestFinished } from "vitest";
import { start } from "../support/system.js";

const url = new URL("../fixtures/leaving.mjs", import.meta.url);
const js = (name: string) => jsKernel<(...args: unknown[]) => unknown>(url, name);

function uncaught(): Uncaught[] {
  const heard: Uncaught[] = [];
  const hook = excepthook((report) => heard.push(report));
  onTestFinished(() => void excepthook(hook));
  return heard;
}

async function ended(thread: Thread): Promise<void> {
  while (thread.isAlive()) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(["blocking", "async"])("%s", (form) => {
  const join = async (thread: Thread) => (form === "async" ? thread.joinAsync() : thread.join());

  it("an exit code that the call sets is no crash", async () => {
    const heard = uncaught();
    const thread = new Thread(js("exitCode"), [3]);
    thread.start();
    expect([await join(thread), thread.value]).toEqual([true, "ok"]);
    await ended(thread);
    expect([await join(thread), thread.value, heard]).toEqual([true, "ok", []]);
  });

  it("a rejection that the call leaves behind is its outcome, each time", async () => {
    const heard = uncaught();
    const thread = new Thread(js("floating"));
    thread.start();
    const errors: unknown[] = [];
    for (let i = 0; i < 2; i++) errors.push(await join(thread).catch((error: unknown) => error));
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    errors.push(await join(thread).catch((error: unknown) => error));
    expect(errors[0]).toBeInstanceOf(KernelError);
    expect(errors).toEqual([errors[0], errors[0], errors[0]]);
    expect((errors[0] as Error).message).toMatch(/^floating .* left an error behind: Error: left behind$/);
    expect(heard.map(({ error }) => error)).toEqual([errors[0]]);
  });

  it("an error that shows later is a warning, and changes nothing", async () => {
    const heard = uncaught();
    const warning = once(process, "warning");
    const thread = new Thread(js("lateThrow"));
    thread.start();
    expect([await join(thread), thread.value]).toEqual([true, "ok"]);
    const [{ message }] = await warning;
    expect(message).toMatch(/^lateThrow \(file:.*\) left an error behind, which showed later: Error: left behind$/);
    await ended(thread);
    expect([await join(thread), thread.value, heard]).toEqual([true, "ok", []]);
  });
});

it("a thread that timers keep is alive after its call, and does not keep the process", async () => {
  const program = start(`
    import { jsKernel } from "allcores";
    import { activeCount, enumerate, Thread } from "allcores/threading";
    const thread = new Thread(jsKernel(${JSON.stringify(url.href)}, "interval"), [], { name: "ticking" });
    thread.start();
    console.log(await thread.joinAsync(), thread.value, thread.isAlive(), activeCount(), enumerate()[1].name);
    console.log(thread.join(), thread.isAlive());`);
  const { code, stdout, stderr } = await program.ended;
  expect([code, stdout, stderr]).toEqual([0, "true ok true 2 ticking\ntrue true\n", ""]);
});

it("a thread that a port keeps is alive, once that is known", async () => {
  const program = start(`
    import { jsKernel } from "allcores";
    import { Thread } from "allcores/threading";
    const thread = new Thread(jsKernel(${JSON.stringify(url.href)}, "channel"));
    thread.start();
    await thread.joinAsync();
    while (!thread.isAlive()) await new Promise((resolve) => setImmediate(resolve));
    console.log("alive");`);
  expect(await program.line()).toBe("alive");
  expect((await program.ended).code).toBe(0);
});

it("what a thread prints arrives, though the process does not wait for what it has left", async () => {
  const program = start(`
    import { jsKernel } from "allcores";
    import { Thread } from "allcores/threading";
    new Thread(jsKernel(${JSON.stringify(url.href)}, "printAndTick"), []).start();`);
  const { code, stdout } = await program.ended;
  expect([code, stdout]).toEqual([0, `${"x".repeat(100_000)}\n`]);
});

it("none is left", () => {
  expect(activeCount()).toBe(1);
});

it("an error that the top level of a module has left shows as the call's", async () => {
  uncaught();
  const thread = new Thread(jsKernel(new URL("../fixtures/late-top.mjs", import.meta.url), "wait"));
  thread.start();
  const error = await thread.joinAsync().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(KernelError);
  expect((error as Error).message).toMatch(/left an error behind: .*from the top level$/);
});
