/**
 * Peers in C: bench/native/x.c --gcc--> a temporary folder --> Peer. The folder is gone as soon as the program runs, so
 * that nothing is left however this process ends; the package's own folder may be read-only.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { onPath, ROOT } from "./find.js";
import { Peer } from "./peer.js";

/** Clang knows no -march=native on other processors. */
const NATIVE = process.arch === "x64" ? "-march=native" : "-mcpu=native";

/**
 * The programs, and what each is compiled with besides -O3. Vectors of 256 bits by hand: for pictures gcc may use the
 * 32 registers of AVX-512 where they are (1.2 times as fast), for pi it makes worse code of it.
 */
const FLAGS = {
  pi: [NATIVE, "-fno-tree-vectorize"],
  "pi-avx2": ["-mavx2"],
  fractal: [NATIVE, "-ffp-contract=off"],
  "fractal-avx2": [NATIVE, "-mavx2", "-ffp-contract=off"],
  sum: [NATIVE],
} as const;

export type CProgram = keyof typeof FLAGS;

const COMPILE_MS = 60_000;

/** The C compiler of this machine. */
export function compiler(): string | undefined {
  // A running program's file can't be removed on Windows, where compilers are rarely called gcc.
  return process.platform === "win32" ? undefined : onPath("gcc", "cc")[0];
}

/** Compiles and starts a program. Rejects with an error whose one line says why there is none here. */
export async function startC(name: CProgram, signal?: AbortSignal): Promise<Peer> {
  signal?.throwIfAborted();
  const command = compiler();
  if (command === undefined) throw new Error("no C compiler (gcc or cc) here");
  if (name.endsWith("avx2") && process.arch !== "x64") throw new Error("this CPU has no AVX2");
  const folder = await mkdtemp(join(tmpdir(), "allcores-"));
  try {
    const program = join(folder, name);
    await compile(command, name, folder, program, signal);
    return await Peer.start({ name: `${name}.c`, command: program, signal });
  } finally {
    // Again if need be: of a compiler that was killed, some part may still be writing.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function compile(
  command: string,
  name: CProgram,
  folder: string,
  program: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ["-O3", ...FLAGS[name], "-o", program, join(ROOT, `bench/native/${name}.c`)];
  const env = { ...process.env, TMPDIR: folder, LC_ALL: "C" };
  try {
    await promisify(execFile)(command, args, { env, timeout: COMPILE_MS, ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    const lines = (stderr.trim() || message).split("\n");
    const why = lines.find((line) => /\berror\b/.test(line)) ?? lines[0];
    throw new Error(`${basename(command)} could not compile ${name}.c: ${why}`);
  }
}
