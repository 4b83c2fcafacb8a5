/**
 * Native peers: small C programs of ours (bench/native), compiled when there is a compiler, and asked for one round
 * after the other, so that a bench can take turns between Node and them.
 *
 *   bench/native/x.c --gcc--> build/native/x <--request, answer, a line each--> Peer
 */
import { type ChildProcessByStdio, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";

/** By the package's own name: this file runs from bench/ and, compiled, from build/bench/. */
const ROOT = dirname(createRequire(import.meta.url).resolve("allcores/package.json"));

/**
 * The programs, and what each is compiled with besides -O3. Vectors of 256 bits by hand: for pictures gcc may use the
 * 32 registers of AVX-512 where they are (1.2 times as fast), for pi it makes worse code of it.
 */
const FLAGS = {
  pi: ["-march=native", "-fno-tree-vectorize"],
  "pi-avx2": ["-mavx2"],
  fractal: ["-march=native", "-ffp-contract=off"],
  "fractal-avx2": ["-march=native", "-mavx2", "-ffp-contract=off"],
} as const;

export type PeerName = keyof typeof FLAGS;

/** The C compiler of this machine. */
export function compiler(): string | undefined {
  return ["gcc", "cc"].find((command) => {
    try {
      execFileSync(command, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

async function compile(name: PeerName): Promise<string> {
  const command = compiler();
  if (command === undefined) throw new Error("no C compiler (gcc or cc) here");
  if (name.endsWith("avx2") && process.arch !== "x64") throw new Error("this CPU has no AVX2");
  const folder = join(ROOT, "build/native");
  mkdirSync(folder, { recursive: true });
  const program = join(folder, name);
  await promisify(execFile)(command, ["-O3", ...FLAGS[name], "-o", program, join(ROOT, `bench/native/${name}.c`)]);
  return program;
}

/** A running program, which waits for requests. */
export class Peer {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #complaint = "";

  private constructor(program: string) {
    this.#process = spawn(program, [], { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    this.#process.stdin.on("error", () => {}); // it ended too early, which the missing answer tells
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles and starts a program. Rejects with an error whose message says why there is none here. */
  static async start(name: PeerName): Promise<Peer> {
    const peer = new Peer(await compile(name));
    const greeting = await peer.#line();
    if (greeting !== "ready") throw new Error(greeting);
    return peer;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) {
      if (this.#process.stderr.readable) await once(this.#process.stderr, "close");
      throw new Error(`${this.#process.spawnfile} ended without an answer: ${this.#complaint.trim()}`);
    }
    return value;
  }

  /** One round: `ms` as the program took them, and what came out. */
  async ask(request: string): Promise<{ readonly ms: number; readonly answer: string }> {
    this.#process.stdin.write(`${request}\n`);
    const [ms, ...answer] = (await this.#line()).split(" ");
    return { ms: Number(ms), answer: answer.join(" ") };
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "close");
    this.#process.stdin.end();
    await ended;
  }
}

/**
 * What the fractal peers answer for a picture: the sum of the counts, and their hash as in bench/native/picture.h. The
 * hash's 64 bits are kept in two halves, since bigints would take a hundred times as long.
 */
export function checksum(counts: Int32Array<ArrayBufferLike>): string {
  let sum = 0;
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (const count of counts) {
    sum += count;
    low = (low ^ count) >>> 0;
    // Times 0x100000001b3: the product of the low half has 41 bits, which a double holds.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + (low << 8) + Math.floor(product / 2 ** 32)) >>> 0;
    low = product >>> 0;
  }
  const hex = (half: number) => half.toString(16).padStart(8, "0");
  return `${sum} ${hex(high)}${hex(low)}`;
}
