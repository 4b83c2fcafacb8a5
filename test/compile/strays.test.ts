/**
 * Kernels that store at addresses that are not theirs, over other modules' static data: seen where a call of such a module
 * fails, and with ALLCORES_CHECKED=1 at the end of the job that does it, by every executor.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { packageFile } from "../../dist/locate.js";
import { executors } from "../executors/all.js";
import { start } from "../support/system.js";
import { cachedFor, written } from "./sources.js";

const KINDS = executors.map(({ kind }) => kind);

const VICTIM = `
const table: StaticArray<i32> = [1, 2, 3];
export function read(i: i32): i32 {
  if (table[i] > 100 || table[i] == 0) throw new Error("broken");
  return table[i];
}
/** Found, and not given out: what a module gives out the address of, it may write. */
export function at(): usize { let p = __heap_base & ~0xffff; while (p != changetype<usize>(table)) p += 4; return p; }
export function end(): usize { return __heap_base; }`;

const STRAY = `
export function one(at: usize, v: i32): void { store<i32>(at, v); }
export function range(begin: i32, end: i32, at: usize): void { for (let i = begin; i < end; i++) store<i32>(at, 5); }
export function wipe(at: usize, end: usize): void { memory.fill(at - 20, 0, end - at + 20); }
export function broken(at: usize): void { store<i32>(at, 7); throw new Error("and more"); }`;

/** Writes where it may: by atomics, into memory.data, and, as long as it is one worker, into its own tables. */
const OWN = `
const count = memory.data(8); const bytes = memory.data<u8>([1, 2, 3]); const own: StaticArray<i32> = [1, 2, 3];
const shared: StaticArray<i32> = [0, 0]; const names: StaticArray<string> = ["a", "b"]; const still: StaticArray<f64> = [0.5];
function bump(at: usize, i: i32): void { atomic.add<i32>(at + (<usize>i << 2), 1); }
function set(list: StaticArray<i32>, i: i32): void { list[i] = i + 7; }
export function write(begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    atomic.add<i32>(count, 1); store<u8>(bytes + (i & 1), <u8>i); set(own, i % 3); bump(changetype<usize>(shared), i & 1);
    trace(names[i & 1] + (still[0] + <f64>i).toString(), 1, Math.pow(<f64>i, 1.5) + Math.sin(<f64>i));
  }
}`;

/** Counts in static data, whose address goes all the ways that an address can go before something is stored there. */
const WAYS = `
class Bins { constructor(private bins: StaticArray<i32>) {} add(): void { atomic.add<i32>(changetype<usize>(this.bins), 1); } }
class At<T> { at: T = 0; add(): i32 { return atomic.add<i32>(<usize>this.at, 1); } }
class Low { bump(list: StaticArray<i32>): i32 { return list[0]; } }
class High extends Low { bump(list: StaticArray<i32>): i32 { return list[0]++; } }
function bump(list: StaticArray<i32>): i32 { return list[0]++; }
function same(list: StaticArray<i32>): StaticArray<i32> { return list; }
function either(i: i32): StaticArray<i32> { if (i < 5) return chosen; return other; }
function half(): f64 { return <f64>changetype<usize>(halved) / 2; }
const inField: StaticArray<i32> = [0, 0, 0]; export function field(i: i32): i32 { new Bins(inField).add(); return inField[0]; }
const data = memory.data<i32>([9, 0]); export function dataInField(i: i32): i32 { const a = new At<usize>(); a.at = data; return a.add(); }
const wide = memory.data<i32>([9, 0]); export function wideField(i: i32): i32 { const a = new At<u64>(); a.at = wide; return a.add(); }
const got: StaticArray<i32> = [0]; class K { static get list(): StaticArray<i32> { return got; } }
export function getter(i: i32): i32 { return K.list[0]++; }
const passed: StaticArray<i32> = [0]; export function throughCall(i: i32): i32 { return same(passed)[0]++; }
const chosen: StaticArray<i32> = [0]; const other: StaticArray<i32> = [0]; export function early(i: i32): i32 { return either(1)[0]++; }
const halved: StaticArray<i32> = [0]; export function float(i: i32): i32 { return atomic.add<i32>(<usize>(half() * 2), 1); }
const row: StaticArray<i32> = [0]; const rows: StaticArray<StaticArray<i32>> = [row, row];
export function table(i: i32): i32 { return rows[1][0]++; }
const one: StaticArray<i32> = [0]; const two: StaticArray<i32> = [0]; export function literal(i: i32): i32 { return [one, two][1][0]++; }
const held: StaticArray<i32> = [0];
export function map(i: i32): i32 { const m = new Map<string, StaticArray<i32>>(); m.set("a", held); return m.get("a")[0]++; }
const given: StaticArray<i32> = [0]; const calls: StaticArray<(list: StaticArray<i32>) => i32> = [bump];
export function indirect(i: i32): i32 { return calls[0](given); }
const own: StaticArray<i32> = [0]; export function method(i: i32): i32 { const low: Low = i > 9 ? new Low() : new High(); return low.bump(own); }
const put: StaticArray<i32> = [0]; let where: usize = 0;
export function variable(i: i32): i32 { where = changetype<usize>(put); return atomic.add<i32>(where, 1); }
let current: StaticArray<i32> = [0]; export function first(i: i32): i32 { return same(current)[0]++; }
const laid: StaticArray<i32> = [0]; export function lane(i: i32): i32 {
  return atomic.add<i32>(<usize>i32x4.extract_lane(i32x4.splat(<i32>changetype<usize>(laid)), 1), 1);
}
const swapped: StaticArray<i32> = [0];
export function swap(i: i32): i32 {
  const cell = new At<i32>(); atomic.cmpxchg<i32>(changetype<usize>(cell), 0, <i32>changetype<usize>(swapped));
  return cell.add();
}
export function fail(): void { throw new Error("on purpose"); }`;

/** Lines of JSON: an executor's kind, and what became of each call. */
const program = (urls: readonly URL[], stray: URL, own: URL, ways: URL) => `
  import { heap, AsyncExecutor, ProcessExecutor, SerialExecutor, ThreadExecutor } from ${JSON.stringify(packageFile("index.js").href)};
  import { compileKernels } from ${JSON.stringify(packageFile("compile.js").href)};
  const compile = (url) => compileKernels(url, { optimize: 0 });
  const [stray, own] = [await compile(${JSON.stringify(stray.href)}), await compile(${JSON.stringify(own.href)})];
  const { fail, ...ways } = await compile(${JSON.stringify(ways.href)});
  const victims = ${JSON.stringify(urls.map(({ href }) => href))};
  const warnings = [];
  process.on("warning", ({ name, message }) => { if (name === "KernelWarning") warnings.push(message); });
  const count = (pool, way) => pool.submit(way, [0]).catch((error) => error.message);
  for (const Made of [SerialExecutor, ThreadExecutor, ProcessExecutor, AsyncExecutor]) {
    const pool = new Made({ workers: 1 });
    const { read, at, end } = await compile(victims.shift());
    const said = {};
    const tell = (what, running) => running.then((value) => { said[what] = value ?? null; }, (error) => { said[what] = error.message; });
    const [place, last] = [await pool.submit(at), await pool.submit(end)];
    await tell("own", pool.parallelFor(own.write, 20));
    said.lost = [];
    for (const [name, way] of Object.entries(ways)) {
      const [first, second] = [await count(pool, way), await count(pool, way)];
      if (second !== first + 1) said.lost.push(name);
    }
    await tell("fail", pool.submit(fail));
    await tell("store", pool.submit(stray.one, [place + 4, 1000]));
    await tell("read", pool.submit(read, [1]));
    await tell("mend", pool.submit(stray.one, [place + 4, 2]));
    await tell("again", pool.submit(read, [1]));
    await tell("page 0", pool.parallelFor(stray.range, 4, [1024], { grain: 4 }));
    await tell("header", pool.submit(stray.one, [place - place % 65536, 2])); // as it is
    await tell("other header", pool.submit(stray.one, [place - place % 65536 + 4, 7]));
    await tell("thrown", pool.submit(stray.broken, [place + 8]));
    await tell("wipe", pool.submit(stray.wipe, [place, last]));
    await tell("wiped", pool.submit(read, [0]));
    if (process.env.ALLCORES_CHECKED && pool.kind !== "processes") { // where a part that returns may fail the job before it is cancelled
      const many = pool.parallelFor(stray.range, 2 ** 31 - 1, [1024], { onProgress: () => many.cancel() });
      await tell("cancelled", many);
    }
    await pool.shutdown();
    await new Promise(setImmediate);
    said.warnings = warnings.splice(0);
    console.log(JSON.stringify([pool.kind, said]));
  }`;

type Said = Record<string, unknown>;

const victims = KINDS.map((kind) => written({ [`${kind}.ts`]: VICTIM }));
const others = [written({ "stray.ts": STRAY }), written({ "own.ts": OWN }), written({ "ways.ts": WAYS })] as const;
let cache: Record<string, string>;
beforeAll(async () => {
  cache = await cachedFor([...victims, ...others], { optimize: 0 }, { optimize: 0, checked: true });
}, 60_000);

async function run(env: Record<string, string>): Promise<Map<string, Said>> {
  const { stdout, stderr, code } = await start(program(victims, ...others), { env: { ...cache, ...env } }).ended;
  expect(code, stderr).toBe(0);
  return new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

describe("unless it is asked for", () => {
  let said: Map<string, Said>;
  it("programs run", { timeout: 60_000 }, async () => {
    said = await run({ ALLCORES_CHECKED: "" });
    expect([...said.keys()].sort()).toEqual([...KINDS].sort());
  });

  it.each(KINDS)(
    "a call that fails on %s says that its module's static data was overwritten, and by what to find it",
    (kind) => {
      const file = new RegExp(
        `^read \\(${kind}\\.ts\\) failed (?:at|near) ${kind}\\.ts:4:\\d+: Abort: broken; the static data of ${kind}\\.ts \\(strings, ` +
          "static arrays\\) has been overwritten at address \\d+: with ALLCORES_CHECKED=1 the job that does it fails\\. A checked " +
          "build finds wrong indices: .*ALLCORES_CHECKED=1$",
      );
      const all = said.get(kind) as Said;
      expect(all.read).toMatch(file);
      expect(all.lost).toEqual([]);
      expect(all.fail).toMatch(/Abort: on purpose$/);
      expect([all.own, all.store, all.mend, all.again, all["page 0"], all.header]).toEqual([
        null,
        null,
        null,
        2,
        null,
        null,
      ]);
    },
  );

  it.each(KINDS)("on %s the file is named even where its name is overwritten", (kind) => {
    expect((said.get(kind) as Said).wiped).toMatch(
      new RegExp(
        `^read \\(${kind}\\.ts\\) failed (?:at|near) ${kind}\\.ts:\\d+:\\d+: Abort: an assertion failed.*; the static data of`,
      ),
    );
  });
});

it("with ALLCORES_CHECKED=1 the job that stores astray fails, and what it overwrote is as it was", {
  timeout: 60_000,
}, async () => {
  const said = await run({ ALLCORES_CHECKED: "1" });
  for (const kind of KINDS) {
    const astray = (name: string, what: string) =>
      expect.stringMatching(
        new RegExp(
          `^${name} \\(stray\\.ts\\) stored at an address that is not its own(?: on items \\[0, 4\\))?: Error: ${what}`,
        ),
      );
    const data = `the static data of ${kind}\\.ts \\(strings, static arrays\\) has been overwritten at address \\d+, by this`;
    expect(said.get(kind), kind).toEqual({
      own: null,
      lost: [],
      fail: expect.stringMatching(/Abort: on purpose$/),
      store: astray("one", data),
      read: 2,
      mend: null,
      again: 2,
      "page 0": astray("range", "something was stored at address 1024, where no array and no static data lies"),
      header: null,
      "other header": astray("one", data),
      thrown: expect.stringMatching(
        /^broken \(stray\.ts\) (?:stored at an address that|failed (?:at|near) stray\.ts:5:\d+: Abort: and more)/,
      ),
      wipe: astray("wipe", data),
      wiped: 1,
      ...(kind !== "processes" && { cancelled: "This operation was aborted" }),
      warnings: kind === "processes" ? [] : [astray("range", "something was stored at address 1024")],
    });
  }
});
