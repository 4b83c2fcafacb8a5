/** Arenas that go from one module's instance to another's, and back: nobody finds what another left. */
import { AsyncExecutor, type Executor, heap, type Kernel, SerialExecutor, ThreadExecutor } from "allcores";
import { buildKernels } from "allcores/compile";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { packageFile } from "../../dist/locate.js";
import { executors, shared } from "../executors/all.js";
import { start } from "../support/system.js";
import { compiled, newFolder, written } from "./sources.js";

interface Checked {
  check(begin: number, end: number, out: Int32Array): void;
  loop(): void;
  trap(begin: number, end: number): void;
}

/** Top-level objects and static data with `mark` in them: `check` throws when they are not as they should be. */
const source = (mark: number) => `
class Node { next: Node | null = null; name: string = ""; }
const head = new Node();
const list = new Array<i32>();
const map = new Map<string, i32>();
const table: StaticArray<i32> = [1, 2, ${mark}];
for (let i = 0; i < 50; i++) { list.push(i + ${mark}); map.set("k" + i.toString(), i + ${mark}); }
export function check(begin: i32, end: i32, out: Ptr<i32>): void {
  if (list.length != 50 || map.size != 50 || head.next != null) throw new Error("not as at the start");
  for (let i = 0; i < 50; i++)
    if (list[i] != i + ${mark} || map.get("k" + i.toString()) != i + ${mark}) throw new Error("another's objects");
  const mine = new Int32Array(3000);
  for (let i = 0; i < mine.length; i++) if (mine[i] != 0) throw new Error("not zeroed");
  mine.fill(begin + 1);
  for (let i = begin; i < end; i++) {
    const node = new Node();
    node.name = i.toString() + ":" + (<f64>i / 3).toString();
    node.next = head.next;
    head.next = node;
    list.push(i);
    map.set(node.name, i);
    if (map.get(i.toString() + ":" + (<f64>i / 3).toString()) != i) throw new Error("another text");
    out[i] = i * table[2];
  }
  for (let i = 0; i < mine.length; i++) if (mine[i] != begin + 1) throw new Error("overwritten");
}
export function loop(): void { const held = new Int32Array(1000); while (true) held[5]++; }
export function trap(begin: i32, end: i32): void { list.push(3); map.set("trap", 1); if (end > 5) unreachable(); }`;

const MARKS = [1, 2, 3];

it("modules take turns on one pool's arenas, with cancelled loops and traps between", { timeout: 60_000 }, async () => {
  const modules = await Promise.all(MARKS.map((mark) => compiled<Checked>(source(mark), { optimize: 0 })));
  const pools = [new ThreadExecutor({ workers: 3 }), new AsyncExecutor({ workers: 2 }), new SerialExecutor()];
  onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.shutdown({ cancel: true })))));
  await Promise.all(pools.map((pool) => pool.ready()));

  const isAbort = (error: Error) => expect(error.name).toBe("AbortError");
  /** One job after the other, another module on another pool each time. */
  const actor = async (number: number) => {
    for (let turn = number; turn < number + 18; turn++) {
      const at = (number + turn) % MARKS.length;
      const [{ check, loop, trap }, mark] = [modules[at] as (typeof modules)[0], MARKS[at] as number];
      const pool = pools[(turn + (turn >> 2)) % pools.length] as Executor;
      if (turn % 8 === 7 && pool.kind !== "serial") {
        const endless = pool.submit(loop);
        setTimeout(() => endless.cancel(), 20);
        await endless.then(() => expect.fail("it ended"), isAbort);
      } else if (turn % 6 === 5) {
        await expect(pool.parallelFor(trap, 10, [], { grain: 2 })).rejects.toThrow("unreachable");
      } else {
        const out = heap.int32(300);
        const job = pool.parallelFor(check, out.length, [out], { grain: 20 });
        const isStopped = turn % 7 === 6;
        if (isStopped) setImmediate(() => job.cancel());
        await (isStopped ? job.catch(isAbort) : job);
        if (!isStopped) expect([...out]).toEqual(Array.from(out, (_, i) => i * mark));
        heap.free(out);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, number) => actor(number)));
});

describe("an instance that trapped is not used again", () => {
  let depth: Kernel<(trap: boolean) => number>;
  beforeAll(async () => {
    const kernels = await compiled<{ depth(trap: boolean): number }>(
      `class Held { count: i32 = 0; }
      const held = new Held();
      let calls: i32 = 0;
      export function depth(trap: bool): i32 {
        calls++;
        held.count++;
        const bytes = new Uint8Array(300_000); // 4 of them do not fit
        if (trap) unreachable();
        return calls-- * 100 + held.count + bytes[7];
      }`,
      { onWarning() {} },
    );
    depth = kernels.depth;
  }, 60_000);

  describe.each(executors)("on $kind", (row) => {
    const executor = shared(row, 1);

    it("but another one", { timeout: 30_000 }, async () => {
      expect(await executor.it.submit(depth, [false])).toBe(101);
      for (let i = 0; i < 6; i++) await expect(executor.it.submit(depth, [true])).rejects.toThrow("unreachable");
      expect(await executor.it.submit(depth, [false])).toBe(101);
    });
  });
});

it("a thread keeps a few instances of modules, not all", { timeout: 60_000 }, async () => {
  const outDir = newFolder();
  const url = written({ "k.ts": "export function f(n: i32): i32 { return new Array<i32>(n).length; }" });
  await buildKernels(url, { outDir, arena: "64MiB", optimize: 0, slot: 0 });
  // Bytes that were read once more are a module of their own.
  const modules = 19;
  // 16 that are kept, one that is being made, and no room for more.
  const { stdout, stderr } = await start(
    `import { readFileSync } from "node:fs";
    import { SerialExecutor, wasmKernel } from ${JSON.stringify(packageFile("index.js").href)};
    const one = new SerialExecutor();
    let sum = 0;
    for (let i = 0; i < ${modules}; i++)
      sum += await one.submit(wasmKernel(readFileSync(${JSON.stringify(`${outDir}/k.wasm`)}), "f"), [i]);
    console.log(sum);`,
    { env: { ALLCORES_HEAP: `${17.5 * 64}MiB` } },
  ).ended;
  expect(stderr).toBe("");
  expect(stdout).toBe(`${(modules * (modules - 1)) / 2}\n`);
});
