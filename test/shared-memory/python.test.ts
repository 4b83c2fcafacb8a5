/** Python's multiprocessing.shared_memory on the same blocks. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SharedMemory } from "allcores/shared-memory";
import { describe, expect, it, onTestFinished } from "vitest";
import { isThere, make } from "./names.js";

const hasPython = spawnSync("python3", ["-c", "import multiprocessing.shared_memory"]).status === 0;

/** A program in Python: `print` is flushed, `input()` waits for `tell`. */
function python(code: string, ...args: string[]) {
  const head = "import functools, struct, sys\nfrom multiprocessing import resource_tracker, shared_memory\n";
  const print = "print = functools.partial(print, flush=True)\n";
  const child = spawn("python3", ["-c", head + print + code, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    line: async () => (await lines.next()).value as string,
    tell: () => child.stdin.write("\n"),
    kill: () => child.kill("SIGKILL"),
    /** Its tracker of resources, too, has its output until it ends. */
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}

const ATTACH = "block = shared_memory.SharedMemory(name=sys.argv[1])\n";
const UNTRACKED = 'resource_tracker.unregister(block._name, "shared_memory")\n';
const DOUBLE = `
x, = struct.unpack_from("d", block.buf, 8)
struct.pack_into("d", block.buf, 16, 2 * x)
print(block.size)
block.close()
`;

describe("with Python", { timeout: 20_000 }, () => {
  it("attaches to a block of ours, which stays when it is not tracked", async ({ skip }) => {
    skip(!hasPython, "python3 is not there");
    const memory = make({ bytes: 8000 });
    const view = memory.view("float64");
    view[1] = 21;
    const program = python(ATTACH + UNTRACKED + DOUBLE, memory.name);
    expect(await program.line()).toBe("8000");
    expect(await program.ended).toBe(0);
    expect(view[2]).toBe(42);
    expect(SharedMemory.attach(memory.name).view("float64")[2]).toBe(42);
  });

  it("attaches to a block of ours, and takes the name along when it ends", async ({ skip }) => {
    skip(!hasPython, "python3 is not there");
    const memory = make({ bytes: 24 });
    const view = memory.view("float64");
    view[1] = 1.5;
    const program = python(ATTACH + DOUBLE, memory.name);
    await program.ended;
    expect(view[2]).toBe(3);
    expect(isThere(memory.name)).toBe(false);
    memory.unlink(); // as if it were there
  });

  it("makes a block to which we attach, and unlinks it", async ({ skip }) => {
    skip(!hasPython, "python3 is not there");
    const program = python(`
block = shared_memory.SharedMemory(create=True, size=8008)
struct.pack_into("d", block.buf, 8000, 0.25)
print(block.name)
input()
print(struct.unpack_from("i", block.buf, 0)[0])
block.close()
block.unlink()
`);
    const memory = SharedMemory.attach(await program.line());
    expect(memory.bytes).toBe(8008);
    expect(memory.view("float64").at(-1)).toBe(0.25);
    memory.view("int32")[0] = 7;
    program.tell();
    expect(await program.line()).toBe("7");
    expect(await program.ended).toBe(0);
    expect(() => SharedMemory.attach(memory.name)).toThrow(RangeError);
    expect(memory.view("int32")[0]).toBe(7);
  });

  it("is killed, and we read on", async ({ skip }) => {
    skip(!hasPython, "python3 is not there");
    const program = python(`
block = shared_memory.SharedMemory(create=True, size=16)
block.buf[3] = 9
print(block.name)
input()
`);
    const memory = SharedMemory.attach(await program.line());
    program.kill();
    await program.ended;
    expect(memory.view("uint8")[3]).toBe(9);
  });
});
