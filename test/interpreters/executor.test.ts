/** InterpreterExecutor beyond the contract: globals that stay, and the initializer. */
import { BrokenPoolError, heap, type Kernel, KernelError, UnsupportedError, WorkerCrashedError } from "allcores";
import { InterpreterExecutor } from "allcores/interpreters";
import { describe, expect, it, onTestFinished } from "vitest";
import { exit, pure } from "../support/kernels.js";
import { refuses } from "../support/refuses.js";
import { temporaryFolder } from "../support/system.js";
import { failureOf, js, readGlobal } from "./made.js";

const countUp = js<(by?: number) => number>("countUp");
const initLater = js<(value: number) => Promise<void>>("initLater");
const fail = js("fail");

function make(options: ConstructorParameters<typeof InterpreterExecutor>[0]): InterpreterExecutor {
  const executor = new InterpreterExecutor(options);
  onTestFinished(() => executor.shutdown({ cancel: true }));
  return executor;
}

describe("InterpreterExecutor", { timeout: 15_000 }, () => {
  it("keeps the globals of its workers from call to call", async () => {
    const executor = make({ workers: 1 });
    for (const expected of [1, 2, 3]) expect(await executor.submit(countUp)).toBe(expected);
    expect([executor.kind, executor.concurrency]).toEqual(["interpreters", 1]);
  });

  it("initializes each worker before its first task, also one that takes a dead one's place", async () => {
    const executor = make({ workers: 1, initializer: initLater as Kernel, initializerArgs: [40] });
    expect(await executor.submit(countUp, [2])).toBe(42);
    expect(await executor.submit(countUp, [2])).toBe(44);
    expect(await failureOf(executor.submit(exit, [1]))).toBeInstanceOf(WorkerCrashedError);
    expect(await executor.submit(readGlobal, ["counted"])).toBe(40);
  });

  it("gives the initializer's arguments as they were when it was made, heap arrays themselves", async () => {
    using scope = heap.scope();
    const array = scope.int32(2);
    const executor = make({ workers: 1, initializer: js("fill"), initializerArgs: [array, 5] });
    await executor.ready();
    expect([...array]).toEqual([5, 5]);
    expect(() => heap.free(array)).toThrow(/used by a running job/);
    await executor.shutdown();
  });

  it("an error of a task is a KernelError", async () => {
    const executor = make({ workers: 1 });
    const error = await failureOf(executor.submit(fail));
    expect(error).toBeInstanceOf(KernelError);
    expect(error.message).toMatch(/^fail \(file:.*\) failed: RangeError: on purpose$/);
  });

  it.each<[string, Kernel, RegExp, unknown]>([
    ["throws", fail, /^the initializer fail \(file:.*\) failed: RangeError: on purpose$/, RangeError],
    [
      "leaves an error behind",
      js("floating"),
      /^the initializer floating \(.*\) left an error behind: Error: left/,
      Error,
    ],
    ["is not there", js("nowhere"), /^the initializer nowhere \(.*\) could not be loaded: TypeError/, TypeError],
  ])("is broken by an initializer that %s, for all that wait and come", async (_, initializer, message, Cause) => {
    const executor = make({ workers: 2, initializer });
    const ready = failureOf(executor.ready());
    const waiting = [1, 2, 3].map((by) => failureOf(executor.submit(countUp, [by])));
    const range = failureOf(executor.parallelFor(js("fill"), 100));
    const errors = [await ready, ...(await Promise.all(waiting)), await range];
    errors.push(await failureOf(executor.submit(countUp)), await failureOf(executor.ready()));
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenPoolError);
      expect(error).toMatchObject({ name: "BrokenPoolError", code: "ERR_BROKEN_POOL" });
      expect(error.message).toMatch(message);
      expect(error.cause).toBeInstanceOf(Cause);
    }
    await executor.shutdown();
  });

  it.each<[string, Kernel, unknown[]]>([
    ["exits", exit as Kernel, [3]],
    ["leaves a throw of a timer while it waits", js("throwLater"), []],
  ])("is broken by an initializer that %s", async (_, initializer, initializerArgs) => {
    const executor = make({ workers: 2, initializer, initializerArgs });
    const waiting = [1, 2, 3].map((by) => failureOf(executor.submit(countUp, [by])));
    const errors = [await failureOf(executor.ready()), ...(await Promise.all(waiting))];
    errors.push(await failureOf(executor.submit(countUp)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenPoolError);
      expect(error.message).toMatch(/^the initializer \w+ \(.*\) did not return: the worker thread /);
      expect(error.cause).toBeInstanceOf(WorkerCrashedError);
    }
  });

  it("is broken by the second worker, too; what the first one runs is done", async () => {
    const initializer = js("failAfterFirst");
    const executor = make({ workers: 2, initializer, initializerArgs: [`${temporaryFolder()}/first`] });
    await executor.ready(1);
    const running = executor.submit(js<(ms: number) => string>("sleep"), [100]);
    expect((await failureOf(executor.ready(2))).cause).toMatchObject({ message: "the second one" });
    expect(await running).toBe("slept");
    expect(await failureOf(executor.submit(countUp))).toBeInstanceOf(BrokenPoolError);
  });

  it("refuses what is no initializer", async () => {
    const create = (options: object) => () => new InterpreterExecutor(options);
    await refuses(create({ initializer: () => 1 }), TypeError, "initializer");
    await refuses(create({ initializer: 5 }), TypeError, "initializer");
    await refuses(create({ initializer: null }), TypeError, "initializer");
    await refuses(create({ initializerArgs: 5 }), TypeError, "initializerArgs");
    await refuses(create({ initializer: pure("add") }), UnsupportedError, "initializer");
    await refuses(create({ initializer: fail, initializerArgs: 5 }), TypeError, "initializerArgs");
    await refuses(create({ initializer: fail, initializerArgs: [() => 1] }), TypeError, "initializerArgs[0]");
    await refuses(
      create({ initargs: [1] }),
      TypeError,
      /unknown option "initargs"; known are workers, callerRuns, init/,
    );
    await refuses(create({ workers: 0 }), RangeError, "workers");
    await refuses(() => new InterpreterExecutor(5 as never), TypeError, "options");
  });
});
