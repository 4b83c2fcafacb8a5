/** Leased threads under load: many tasks, deaths beside them, and the ways of tasks and replies, as numbers and as messages. */
import { describe, expect, it } from "vitest";
import { pool } from "../stress/pool.mjs";
import { add, identity, js, KERNELS, spin, whoAmI } from "../support/kernels.js";
import { run, start } from "../support/system.js";
import { executors, shared } from "./all.js";

const [row] = executors.filter(({ kind }) => kind === "threads");
if (!row) throw new Error("threads are no executor");

/** A doorbell has room for 56 numbers. */
const MANY = Array.from({ length: 100 }, (_, i) => i / 3);
const VALUES: readonly (readonly [string, unknown])[] = [
  ["-0", -0],
  ["NaN", Number.NaN],
  ["2^53 - 1", 2 ** 53 - 1],
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["false", false],
  ["a bigint", -(2n ** 70n)],
  ["a string", "text"],
  ["an object", { of: ["one", { more: -0 }] }],
  ["an array of many numbers", MANY],
];

it("a second or two of what npm run soak does for minutes", { timeout: 120_000 }, async () => {
  const { calls, ranges } = await pool({ ms: 1500, seed: 14, threads: 2 });
  expect(Number(calls) + Number(ranges)).toBeGreaterThan(0);
});

describe("two workers", () => {
  const executor = shared(row);

  it("300 queued calls beside ranges, an exit and an abort", async () => {
    const calls = Array.from({ length: 300 }, (_, i) => executor.it.submit(add, [i, 0.5]));
    const crashed = executor.it.submit(js("exit"), [3]);
    const stopped = executor.it.parallelFor(js("untilCancelledRange"), 8);
    const total = executor.it.run({ kernel: js("total"), n: 10_000, grain: 7, partial: "sum" });
    const outcome = expect(crashed).rejects.toMatchObject({ name: "WorkerCrashedError" });
    const aborted = expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    setTimeout(() => stopped.cancel(), 30);
    expect(await Promise.all(calls)).toEqual(calls.map((_, i) => i + 0.5));
    expect(await total).toBe(49_995_000n);
    await Promise.all([outcome, aborted]);
    expect(executor.it.pending).toBe(0);
  });

  it.each(VALUES)("%s goes to a worker and back, by submit and map, time and again", async (_, value) => {
    for (let i = 0; i < 3; i++) expect(Object.is(await executor.it.submit(identity, [1]), 1)).toBe(true);
    expect(await executor.it.submit(identity, [value])).toStrictEqual(value);
    for await (const result of executor.it.map(identity, [value, 1, value]))
      if (result !== 1) expect(result).toStrictEqual(value);
  });

  it("more arguments than a doorbell has room for", async () => {
    for (const length of [2, 30, 36, 45, 56, 57, 300])
      for (let i = 0; i < 2; i++)
        expect(await executor.it.submit(js("add"), MANY.concat(MANY, MANY).slice(0, length))).toBe(1 / 3);
  });

  it("each worker knows the kernels that it has run, by numbers of its own", async () => {
    const kernels = [
      ["half", 0.5],
      ["total", 4.5],
      ["add", 9],
      ["harmonic", 0],
    ] as const;
    // Two at once, in other orders: what one worker ran first, the other runs second.
    for (let turn = 0; turn < 8; turn++) {
      const asked = kernels.map((_, i) => kernels[(i * (turn % 2 ? 3 : 1) + turn) % 4] as (typeof kernels)[number]);
      const args = { half: [], total: [0, 4], add: [4, 5], harmonic: [3, 3] } as const;
      const busy = executor.it.submit(spin, [turn % 3]);
      const results = asked.map(([name]) => executor.it.submit(js(name), [...args[name]]));
      const wanted = asked.map(([name, value]) => (name === "total" ? 6 : value));
      expect(await Promise.all(results)).toEqual(wanted);
      await busy;
    }
    expect(await executor.it.submit(whoAmI)).toMatch(/^\d+\/\d+$/);
  });
});

const PRELUDE = `
  import { ThreadExecutor, jsKernel } from "allcores";
  const js = (name) => jsKernel("${KERNELS}", name);
`;

it("a task that its worker can't read leaves the kernels' numbers as they are", async () => {
  // The caller's stack is larger here than a worker's.
  const program = `${PRELUDE}
    const executor = new ThreadExecutor({ workers: 1 });
    let deep = null;
    for (let i = 0; i < 10_000; i++) deep = { next: deep };
    const unread = await executor.submit(js("items"), [0, 2, deep]).catch(({ message }) => message);
    const results = [];
    for (let i = 0; i < 2; i++)
      for (const [name, args] of [["add", [20, 3]], ["half", []], ["items", [0, 2]]])
        results.push(await executor.submit(js(name), args));
    console.log(JSON.stringify({ unread, results }));`;
  const answer = await run<{ unread: string; results: unknown[] }>(program, { options: ["--stack-size=7000"] });
  expect(answer.unread).toMatch(/could not read its arguments/);
  expect(answer.results).toEqual([23, 0.5, [0, 1], 23, 0.5, [0, 1]]);
});

it("200 lines of one kernel all arrive, and the program ends by itself with idle workers", async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `line ${i}`);
  const code = `export function lines() { for (let i = 0; i < 200; i++) console.log("line " + i); return 1; }`;
  const program = start(`${PRELUDE}
    const executor = new ThreadExecutor({ workers: 2 });
    await executor.ready();
    const kernel = jsKernel("data:text/javascript," + encodeURIComponent(${JSON.stringify(code)}), "lines");
    await executor.submit(kernel);
    console.log("done");`);
  const { code: exitCode, stdout, stderr } = await program.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "done\n" });
  expect(stderr.trim().split("\n")).toEqual(lines);
});

it.each([
  ["ThreadExecutor", "thread"],
  ["ProcessExecutor", "setChannel"],
])("%s: leases, heals and ends workers that have no `%s` as well", { timeout: 60_000 }, async (kind, hiddenKey) => {
  // A release of tinypool may rename the field, which it does not document.
  const program = `
    import { Tinypool } from "tinypool";
    const { get } = Object.getOwnPropertyDescriptor(Tinypool.prototype, "threads");
    const hidden = new WeakMap();
    const hide = (worker) => hidden.get(worker) ?? hidden.set(worker, new Proxy(worker, {
      get: (target, key) => key === "${hiddenKey}" ? undefined
        : typeof target[key] === "function" ? target[key].bind(target) : target[key],
    })).get(worker);
    Object.defineProperty(Tinypool.prototype, "threads", { get() { return get.call(this).map(hide); } });
    const { ${kind}, jsKernel } = await import(${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)});
    const kernel = (name) => jsKernel(${JSON.stringify(KERNELS.href)}, name);
    const pool = new ${kind}({ workers: 2 });
    const said = [await pool.submit(kernel("add"), [1, 2])];
    said.push(await pool.submit(kernel("exit"), [3]).catch((error) => error.name));
    const endless = pool.submit(kernel("forever"), []);
    setTimeout(() => endless.cancel(), 50);
    said.push(await endless.catch((error) => error.name));
    said.push(await pool.run({ kernel: kernel("total"), n: 100, partial: "sum" }).then(String));
    await pool.shutdown();
    // Node closes the port of a thread that has ended in a turn of its own.
    while (process.getActiveResourcesInfo().includes("MessagePort")) await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify(said));`;
  expect(await run(program)).toEqual([3, "WorkerCrashedError", "AbortError", "4950"]);
});
