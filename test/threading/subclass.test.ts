/** Subclasses of Thread that have a `run`: what reaches the thread, and what is refused. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { heap, jsKernel, KernelError } from "allcores";
import { Lock } from "allcores/sync";
import { activeCount, Thread, type ThreadOptions } from "allcores/threading";
import { describe, expect, it } from "vitest";
import { refuses } from "../support/refuses.js";
import { ROOT, start, temporaryFolder } from "../support/system.js";
import { hearUncaught } from "./uncaught.js";

interface Fixture {
  readonly Adder: new (a: unknown, b: unknown, options?: ThreadOptions) => Thread;
  readonly Multiplier: Fixture["Adder"];
  readonly Other: new () => Thread;
  readonly Failing: new (options?: object) => Thread;
  readonly Filler: new (array: Int32Array) => Thread;
  readonly Nested: new (depth: number) => Thread;
  readonly hidden: () => Thread;
  readonly elsewhere: () => Thread;
}

const url = new URL("../fixtures/subclasses.mjs", import.meta.url);
const { Adder, Multiplier, Other, Failing, Filler, Nested, hidden, elsewhere } = (await import(url.href)) as Fixture;
const add = jsKernel<(a: number, b: number) => number>(new URL("../fixtures/sync.mjs", import.meta.url), "add");

const uncaught = hearUncaught();

async function outcome(thread: Thread, form = "async"): Promise<unknown> {
  thread.start();
  if (form === "async") await thread.joinAsync();
  else thread.join();
  return thread.value;
}

describe("a subclass of Thread", { timeout: 15_000 }, () => {
  it.each(["blocking", "async"])("runs its method with the arguments of super, %s", async (form) => {
    const thread = new Adder(1, 2, { name: "adding", daemon: true });
    const value = await outcome(thread, form);
    // No constructor ran in the thread: the field is missing there.
    expect(value).toEqual({ sum: 3, name: "adding", ident: thread.ident, daemon: true, field: undefined });
    expect([thread.name, thread.daemon, thread.isAlive()]).toEqual(["adding", true, false]);
    expect(() => thread.start()).toThrow(/started before/);
  });

  it.each<[string, () => Thread, unknown]>([
    ["of a subclass, with the methods of both", () => new Multiplier(3, 4), expect.objectContaining({ sum: 12 })],
    ["exported under another name", () => new Other(), "found under another name"],
    ["that starts its own kind in run", () => new Nested(1), 1],
  ])("%s", async (_, make, value) => {
    expect(await outcome(make())).toEqual(value);
  });

  it("has a name unless told", () => {
    expect(new Other().name).toMatch(/^Thread-\d+$/);
  });

  it("works on heap arrays themselves", async () => {
    const array = heap.int32(1);
    await outcome(new Filler(array));
    expect(array[0]).toBe(42);
    heap.free(array);
  });

  it("that passes a kernel on calls that, whatever its methods", async () => {
    class Named extends Thread<(a: number, b: number) => number> {
      constructor() {
        super(add, [1, 2], { name: "named" });
      }
    }
    expect(await outcome(new Named())).toBe(3);
  });

  it.each([
    ["throw", /^Failing \(file:.*subclasses\.mjs\) failed: RangeError: on purpose/, RangeError],
    ["#private", /^Failing \(file:.*\) failed: TypeError: .*private/, TypeError],
  ])("brings its error to join and to the hook: %s", async (what, message, cause) => {
    const thread = new Failing({ args: [what] });
    const error = await outcome(thread).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ message: expect.stringMatching(message), cause: expect.any(cause) });
    while (uncaught.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toEqual([{ thread, error }]);
  });
});

const module = url.href;
const run = () => {};

describe("is refused when it is made", () => {
  it.each<[string, () => Thread, string | RegExp]>([
    [
      "no module",
      () =>
        new (class A extends Thread {
          run() {}
        })(),
      /^A\.module is missing: .*static module = import\.meta\.url$/,
    ],
    ["an inherited module", () => new (class B extends Adder {})(1, 2), /^B\.module is inherited: /],
    [
      "a module that is no URL",
      () =>
        new (class C extends Thread {
          static module = "./c.js";
          run() {}
        })(),
      /^C\.module must be a URL, got "\.\/c\.js": /,
    ],
    [
      "a module that is no text",
      () =>
        new (class D extends Thread {
          static module = 5;
          run() {}
        })(),
      /^D\.module must be a URL, got 5: /,
    ],
    [
      "no run",
      () =>
        new (class E extends Thread {
          static module = module;
        })(),
      /^E\.run must be a method of the class, got undefined; /,
    ],
    [
      "a run that is a field",
      () =>
        new (class F extends Thread {
          static module = module;
          run = run;
        })(),
      /^F\.run must be a method of the class, got undefined; a field /,
    ],
    [
      "no name",
      () =>
        new (class extends Thread {
          static module = module;
          run() {}
        })(),
      /^a subclass of Thread must have a name, /,
    ],
    ["args that are no array", () => new Failing({ args: "throw" }), "args"],
    ["a lock among args", () => new Failing({ args: [new Lock()] }), /^args\[0\] is a Lock itself/],
    ["a name that is no string", () => new Failing({ name: 5 }), "name"],
    ["a daemon that is no boolean", () => new Failing({ daemon: 1 }), "daemon"],
    [
      "an unknown option",
      () => new Failing({ arg: [1] }),
      /^options: unknown option "arg"; known are args, name, daemon$/,
    ],
    ["options that are none", () => new Failing(5 as never), "options"],
    ["an array in place of options", () => new Failing([1] as never), "options"],
  ])("%s", async (_, make, message) => {
    await refuses(make, TypeError, message);
  });

  it("and Thread itself takes no options in place of a kernel", async () => {
    await refuses(() => new Thread({ args: [] }), TypeError, "kernel");
    await refuses(() => new Thread(), TypeError, "kernel");
  });
});

describe("is refused when it is started", { timeout: 15_000 }, () => {
  class Shadowed extends Adder {
    static module = module;
    run = run;
  }
  it("a run that is a field, in place of an inherited method", async () => {
    const thread = new Shadowed(1, 2);
    await refuses(() => thread.start(), TypeError, /^Shadowed\.run must be a method of the class: a field /);
    expect([thread.isAlive(), thread.ident]).toEqual([false, undefined]);
  });

  it("an argument that can't be cloned", async () => {
    const thread = new Adder(1, () => 2);
    expect(() => thread.start()).toThrow(/could not be cloned/);
    expect([thread.isAlive(), thread.ident]).toEqual([false, undefined]);
  });

  it.each(["blocking", "async"])("a class that its module does not export, told by join, %s", async (form) => {
    const thread = hidden();
    const message = /^Hidden must be exported by its module, file:.*subclasses\.mjs, which exports Adder, /;
    await refuses(() => outcome(thread, form), TypeError, message);
    await refuses(() => thread.joinAsync(), TypeError, message);
    while (uncaught.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught.map(({ error }) => error.constructor)).toEqual([TypeError]);
  });

  it("a module that can't be loaded, told by join", async () => {
    await refuses(() => outcome(elsewhere()), KernelError, /^Elsewhere \(.*\) could not be loaded: .*no-such-file/);
  });
});

const dist = pathToFileURL(`${ROOT}/dist/`).href;
/** A file that is the class and its program at once. */
const program = (guard: string) => `
  import { activeCount, Thread } from "${dist}threading.js";
  import { isKernelThread } from "${dist}worker.js";
  export class Rows extends Thread {
    static module = import.meta.url;
    run() { return "ran"; }
  }
  ${guard} {
    const thread = new Rows();
    thread.start();
    await thread.joinAsync().then(
      () => console.log(thread.value, activeCount()),
      (error) => console.log(error.name, error.cause.name, error.message, activeCount()));
  }`;

it.each([
  ["with a guard runs", "if (!isKernelThread())", /^ran 1\n$/],
  [
    "without one is an UnsupportedError in the thread, and starts no further thread",
    "",
    /^KernelError UnsupportedError Rows \(file:.*\) could not be loaded: UnsupportedError: .*guard the program with .*isKernelThread.* 1\n$/,
  ],
])("a file that is class and program %s", { timeout: 20_000 }, async (_, guard, printed) => {
  const file = join(temporaryFolder(), "rows.mjs");
  writeFileSync(file, program(guard));
  const { code, stdout } = await start(`await import(${JSON.stringify(pathToFileURL(file).href)})`).ended;
  expect([code, stdout]).toEqual([0, expect.stringMatching(printed)]);
});

it("a class without a name is found as the default", { timeout: 20_000 }, async () => {
  const program = `
    import Default from ${JSON.stringify(url.href)};
    const thread = new Default();
    thread.start();
    console.log(thread.join(), thread.value);`;
  expect((await start(program).ended).stdout).toBe("true the default\n");
});

it("none is left", () => {
  expect(activeCount()).toBe(1);
});
