/** prepareMain: what interpreters are given, and how. */
import { heap } from "allcores";
import { Interpreter } from "allcores/interpreters";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Counter,
  Event,
  Latch,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  RLock,
  Semaphore,
  Timer,
} from "allcores/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refuses } from "../support/refuses.js";
import { failureOf, make, readGlobal, valueIn } from "./made.js";

let shared: Interpreter;
beforeAll(async () => {
  shared = await Interpreter.create({ name: "values" });
});
afterAll(() => shared.close());

describe("prepareMain", { timeout: 15_000 }, () => {
  it("gives clones, taken at once, together", async () => {
    const twice = { a: 1 };
    const given = shared.prepareMain({
      one: twice,
      two: [twice, twice],
      map: new Map([[1, new Date(0)]]),
      none: undefined,
    });
    twice.a = 2;
    await given;
    expect(await valueIn(shared, "[one.a, one === two[0], two[0] === two[1], map.get(1).getTime(), none].join()")).toBe(
      "1,true,true,0,",
    );
  });

  it("shares heap arrays, parts of them, and shared buffers", async () => {
    using scope = heap.scope();
    const whole = scope.float64([1, 2, 3, 4]);
    const buffer = new SharedArrayBuffer(4);
    await shared.prepareMain({ whole, part: whole.subarray(1, 3), buffer });
    await shared.exec("whole[0] = 10; part[1] = 30; new Int32Array(buffer)[0] = 7");
    expect([...whole]).toEqual([10, 2, 30, 4]);
    expect(new Int32Array(buffer)[0]).toBe(7);
  });

  it("gives a view alone, and not what lies beside it", async () => {
    await shared.prepareMain({ bytes: Buffer.from("abc") });
    expect(await valueIn(shared, "[bytes.length, bytes.buffer.byteLength].join()")).toBe("3,3");
  });

  it("gives primitives as they are", async () => {
    const [lock, queue] = [new Lock(), new Queue<number>()];
    const condition = new Condition(new RLock());
    await shared.prepareMain({
      lock,
      queue,
      condition,
      rlock: new RLock(),
      semaphore: new Semaphore(2),
      bounded: new BoundedSemaphore(2),
      event: new Event(),
      counter: new Counter(5),
      latch: new Latch(1),
      barrier: new Barrier(2),
      lifo: new LifoQueue(),
      priority: new PriorityQueue(),
      timer: new Timer(1e6, () => {}),
    });
    const kinds =
      "[lock, queue, condition, rlock, semaphore, bounded, event, counter, latch, barrier, lifo, priority, timer]";
    expect(await valueIn(shared, `${kinds}.map((one) => one.constructor.name).join()`)).toBe(
      "Lock,Queue,Condition,RLock,Semaphore,BoundedSemaphore,Event,Counter,Latch,Barrier,LifoQueue,PriorityQueue,Timer",
    );
    await shared.exec("lock.acquire(); queue.put(counter.value); condition.acquire(); condition.release()");
    expect([queue.get(), lock.acquire(0)]).toEqual([5, false]);
    await shared.exec("lock.release()");
    expect([lock.acquire(0), lock.release()]).toEqual([true, undefined]);
  });

  it.each([
    ["over nothing", "1", "fresh1"],
    ["over a property", "globalThis.over1 = 1", "over1"],
    ["over a var", "var over2 = 1", "over2"],
    ["over a function", "function over3() {}", "over3"],
    ["over a let, which hides the property", "let over4 = 1; const seen4 = () => over4", "over4"],
    ["over a class", "class over5 {}", "over5"],
    ["over a global of Node", "1", "navigator"],
    ["with a name of other letters", "1", "größe$_1"],
    ["with a word that is no reserved one", "1", "of"],
  ])("%s", async (_, before, name) => {
    await shared.exec(before);
    await shared.prepareMain({ [name]: "given" });
    expect(await valueIn(shared, name)).toBe("given");
    await shared.prepareMain({ [name]: "again" });
    expect(await valueIn(shared, `${name} + globalThis[${JSON.stringify(name)}]`)).toBe("againagain");
  });

  it("is hidden by a let that comes later", async () => {
    await shared.prepareMain({ later: 1 });
    await shared.exec("let later = 2");
    expect(await valueIn(shared, "later")).toBe(2);
  });

  it("over a const is an error that names it", async () => {
    await shared.exec("const fixed = 1");
    const call = () => shared.prepareMain({ fixed: 2 });
    await refuses(call, TypeError, /^values: fixed can't be set: Assignment to constant variable\.$/);
    expect(await valueIn(shared, "fixed")).toBe(1);
  });

  it("sets all of them, or none", async () => {
    await shared.exec("const held = 1; let open = 1");
    await refuses(
      () => shared.prepareMain({ open: 2, first: 2, held: 2, last: 2 }),
      TypeError,
      /^values: held can't be/,
    );
    expect(await valueIn(shared, "[open, typeof first, globalThis.held, typeof last].join()")).toBe(
      "1,undefined,,undefined",
    );
    await refuses(() => shared.prepareMain({ first: 2, undefined: 2 }), TypeError, "values");
    expect(await valueIn(shared, "typeof first")).toBe("undefined");
  });

  it.each(["", "await", "a b", "1a", "a-b", "a.b", "const", "class", "this", "null", "a\u2028", "a;b", "…"])(
    "refuses the name %j",
    (name) => refuses(() => shared.prepareMain({ [name]: 1 }), TypeError, /^values: names must be identifiers, got /),
  );

  it.each(["undefined", "NaN", "Infinity"])("refuses %s, which can't be set", async (name) => {
    await refuses(
      () => shared.prepareMain({ [name]: 1 }),
      TypeError,
      new RegExp(`^values: ${name} is a global that can't`),
    );
  });

  it("refuses a name that no source can read, before the first source too", async () => {
    const interpreter = await make();
    await refuses(() => interpreter.prepareMain({ await: 1 }), TypeError, /^values: names must be identifiers/);
  });

  it.each<[string, unknown]>([
    ["an object", { lock: new Lock() }],
    ["a list", [1, [new Lock()]]],
    ["a Map", new Map([["lock", new Lock()]])],
    ["a Set", new Set([[new Lock()]])],
  ])("refuses a primitive within %s", async (_, config) => {
    await refuses(() => shared.prepareMain({ config }), TypeError, /^values\.config holds a Lock: .* themselves/);
  });

  it.each<[string, unknown]>([
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["an object with a function", { f() {} }],
    ["a promise", Promise.resolve()],
    ["a WeakMap", new WeakMap()],
  ])("refuses %s, by its name", async (_, value) => {
    await refuses(
      () => shared.prepareMain({ fine: 1, wrong: value }),
      TypeError,
      /^values\.wrong can't be sent to an interp/,
    );
    expect(await valueIn(shared, "typeof fine")).toBe("undefined");
  });

  it("refuses a heap array that has been freed", async () => {
    const array = heap.int32(1);
    heap.free(array);
    await refuses(() => shared.prepareMain({ array }), RangeError, "values.array");
  });

  it.each([undefined, null, 5, "a", [1], new Map([["a", 1]]), new (class Values {})()])(
    "refuses %j for values",
    (values) => refuses(() => shared.prepareMain(values as never), TypeError, "values"),
  );

  it("before the first source, too", async () => {
    const interpreter = await make();
    await interpreter.prepareMain({ early: 1 });
    expect(await valueIn(interpreter, "early")).toBe(1);
  });
});

describe("bad input", { timeout: 15_000 }, () => {
  it.each<[string, () => unknown, string | RegExp]>([
    ["create: options that are none", () => Interpreter.create(5 as never), "options"],
    ["create: an option that there is not", () => Interpreter.create({ nmae: "a" } as never), /unknown option "nmae"/],
    ["new", () => new (Interpreter as unknown as new (id: number) => unknown)(1), /made by Interpreter\.create\(\)/],
    ["create: a name that is no string", () => Interpreter.create({ name: 5 as never }), "name"],
    ["exec: no source", () => shared.exec(undefined as never), /^source must be a string, got undefined$/],
    ["exec: a function", () => shared.exec((() => 1) as never), /^source must be a string, got a function$/],
    ["exec: a signal that is none", () => shared.exec("1", { signal: {} as never }), "signal"],
    ["exec: options that are none", () => shared.exec("1", 5 as never), "options"],
    ["exec: an option that there is not", () => shared.exec("1", { singal: 1 } as never), /unknown option "singal"/],
    [
      "call: an option that there is not",
      () => shared.call(readGlobal, ["a"], { name: "a" } as never),
      /unknown option "name"/,
    ],
    ["call: a function", () => shared.call((() => 1) as never, [] as never), "kernel"],
    ["close: cancel that is no boolean", () => shared.close({ cancel: 1 as never }), "cancel"],
    ["close: an option that there is not", () => shared.close({ force: true } as never), /unknown option "force"/],
    ["close: options that are none", () => shared.close(5 as never), "options"],
    ["from: no id", () => Interpreter.from(undefined as never), "id"],
    ["from: an object without id", () => Interpreter.from({} as never), "id"],
  ])("%s", (_, call, what) => refuses(call, TypeError, what));

  it("call: a primitive itself among the arguments", async () => {
    const { add } = { add: (await import("./made.js")).js("add") };
    expect((await failureOf(shared.call(add, [new Lock()]))).message).toMatch(/^args\[0\] is a Lock itself/);
  });
});
