/** What a call leaves behind is told to that call, or is a warning that names it; the next call has nothing of it. */
import { once } from "node:events";
import { jsKernel, KernelError, WorkerCrashedError } from "allcores";
import { describe, expect, it, onTestFinished } from "vitest";
import { add, identity, whoAmI } from "../support/kernels.js";
import { childrenOf, isLinux } from "../support/system.js";
import { executors, shared, withWorkers } from "./all.js";

const url = new URL("../fixtures/leaving.mjs", import.meta.url);
const js = (name: string) => jsKernel<(...args: unknown[]) => unknown>(url, name);

/** Warnings of this process, from now on. */
function warnings(): string[] {
  const heard: string[] = [];
  const hear = ({ name, message }: Error) => name === "AllcoresWarning" && heard.push(message);
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  return heard;
}

describe.each(withWorkers)("$kind", (row) => {
  const executor = shared(row, 1);

  it.each(["floating", "nextTick", "microtask", "immediate", "floatingWhileItWaits", "floatingOnItems"])(
    "%s: the call that left it rejects, and no other",
    async (name) => {
      const heard = warnings();
      const before = await executor.it.submit(whoAmI);
      for (let i = 0; i < 3; i++) {
        const call = name === "floatingOnItems" ? executor.it.parallelFor(js(name), 8) : executor.it.submit(js(name));
        const next = executor.it.submit(identity, [i]);
        const error = await call.then(
          () => expect.unreachable("it should reject"),
          (caught: Error) => caught,
        );
        expect(error).toBeInstanceOf(KernelError);
        expect(error.message).toMatch(new RegExp(`^${name} \\(file:.*\\) left an error behind: Error: left behind$`));
        expect(error.cause).toMatchObject({ message: "left behind", stack: expect.stringContaining("leaving.mjs") });
        expect(await next).toBe(i);
      }
      expect(await executor.it.submit(whoAmI)).toBe(before);
      expect(heard).toEqual([]);
    },
  );

  it("a rejection that the kernel itself catches later is none", async () => {
    expect(await executor.it.submit(js("caughtLater"))).toBe("ok");
  });

  it.each(["lateThrow", "lateRejection"])(
    "%s: a warning that names the kernel, while the next call runs",
    async (name) => {
      const warning = once(process, "warning");
      expect(await executor.it.submit(js(name))).toBe("ok");
      expect(await executor.it.submit(js("slowIdentity"), [1])).toBe(1);
      const [{ name: kind, message }] = await warning;
      expect(kind).toBe("AllcoresWarning");
      expect(message).toMatch(
        new RegExp(`^${name} \\(file:.*leaving\\.mjs\\) left an error behind, which showed later: `),
      );
      expect(message).toMatch(/Error: left behind$/);
      expect(await executor.it.submit(add, [1, 2])).toBe(3);
    },
  );

  it("a late error harms no call whose module is being loaded", async () => {
    const slow = jsKernel<typeof Math.max>(new URL("../fixtures/slow-module.mjs", import.meta.url), "add");
    let heard = false;
    const warning = once(process, "warning").finally(() => {
      heard = true;
    });
    // A process that still ends by an error of the test before takes the timer along.
    for (let i = 0; i < 5 && !heard; i++) {
      await executor.it.submit(js("throwAfter"), [50]);
      expect(await executor.it.submit(slow, [2, 3])).toBe(5);
    }
    expect((await warning)[0].message).toMatch(/^throwAfter .* showed later: Error: left behind$/);
  });

  it("a call whose late error shows before its reply is read is told its result", async () => {
    for (let i = 0; i < 3; i++) {
      const call = executor.it.submit(js("objectAndThrow"), [i]);
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + 60; performance.now() < end; );
      const outcome = await call.catch((error: unknown) => error);
      // Within one turn of the loop it is the call's own.
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(KernelError);
      else expect(outcome).toEqual({ value: i });
    }
  });

  it.each([
    ["floatingInside", /^floating \(.* left an error behind: Error: left behind/],
    ["caughtAround", undefined],
    ["microtaskAfter", /^microtaskAfter \(.* left an error behind: Error: left behind$/],
  ])("%s: kernels that run jobs of their own have what is theirs", async (name, message) => {
    const call = executor.it.submit(js(name));
    if (!message) expect(await call).toBe("ok");
    else {
      const error = await call.catch((caught: Error) => caught);
      expect(error).toBeInstanceOf(KernelError);
      // What the inner call rejects with is what the outer kernel throws.
      const { cause } = error as { cause?: Error };
      expect(name === "floatingInside" ? cause?.message : (error as Error).message).toMatch(message);
    }
  });

  it("a throw that the kernel may wait for ends its worker: it would wait for ever", async () => {
    const call = executor.it.submit(js("throwWhileItWaits"));
    await expect(call).rejects.toBeInstanceOf(WorkerCrashedError);
    expect(await executor.it.submit(add, [1, 2])).toBe(3);
  });

  it("calls that a worker had not begun when it died are given to another", async () => {
    for (let i = 0; i < 3; i++) {
      // The exit leaves the worker dying while the next calls are given out.
      const crashed = executor.it.submit(jsKernel(url, "throwWhileItWaits"));
      const next = [1, 2, 3].map((value) => executor.it.submit(identity, [value]));
      await expect(crashed).rejects.toBeInstanceOf(WorkerCrashedError);
      expect(await Promise.all(next)).toEqual([1, 2, 3]);
    }
  });
});

it("on a SerialExecutor it is the program's own, as without allcores", async () => {
  const [row] = executors.filter(({ kind }) => kind === "serial");
  const rejected = new Promise((resolve) => {
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.once("unhandledRejection", resolve);
    onTestFinished(() => listeners.forEach((listener) => void process.on("unhandledRejection", listener)));
  });
  expect(await row?.make({ workers: 1 }).submit(js("floating"))).toBe("ok");
  expect(await rejected).toMatchObject({ message: "left behind" });
});

describe.runIf(isLinux)("processes", () => {
  const row = executors.find(({ kind }) => kind === "processes") as (typeof executors)[number];

  it.each(["a call", "a range"])(
    "%s that is given to a child that was killed while idle runs on another",
    async (form) => {
      const before = childrenOf();
      await using one = row.make({ workers: 1 });
      for (let i = 0; i < 2; i++) {
        await one.submit(add, [1, 2]);
        const [pid] = childrenOf().filter((child) => !before.includes(child));
        process.kill(pid as number, "SIGKILL");
        if (form === "a call") expect(await one.submit(add, [i, 2])).toBe(i + 2);
        else
          expect(await one.parallelReduce(js("one"), 4, [], { combine: (a, b) => `${a}${b}`, initial: "" })).toBe(
            "1111",
          );
      }
    },
  );
});
