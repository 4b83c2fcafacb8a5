/**
 * Compiled modules on disk. An entry is one file, named by the digest of all that is known before compiling (the kernel's
 * path, options, base, versions). It is valid while every file that the compiler read, or did not find, is as it was then.
 *
 *   32 bytes: digest of the rest | 4 bytes: length of the head | head (JSON) | module | source map
 *
 * A writer renames a finished file to the entry's name, so that readers see whole entries; a damaged one is compiled anew.
 * Only the user may open the folder (0700): a program that could write there could have any code run.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { wallClock } from "../timers.js";
import { digestOf, writeWhole } from "./files.js";
import type { Compiled, CompileRequest, Dependency } from "./messages.js";

type Head = Omit<Compiled, "wasm" | "map"> & { readonly wasmBytes: number };

const DIGEST_BYTES = 32;
const HEAD_AT = DIGEST_BYTES + 4;

/** The age, in ms, from which an unfinished entry counts as left by a killed writer. */
const LEFT_MS = 60_000;

let warned = false;

/** ALLCORES_CACHE, or where the platform keeps caches. */
function cacheFolder(): string {
  const { ALLCORES_CACHE, XDG_CACHE_HOME } = process.env;
  if (ALLCORES_CACHE) return ALLCORES_CACHE;
  const isUsable = XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME); // its specification ignores relative paths
  return join(isUsable ? XDG_CACHE_HOME : join(homedir(), ".cache"), "allcores");
}

/** The cache folder, made if need be; undefined if it can't be made, or other users may open it. */
async function privateFolder(): Promise<string | undefined> {
  try {
    const folder = cacheFolder();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(folder);
    const isPrivate = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
    if (isPrivate) return folder;
    if (!warned) process.emitWarning(`${folder} is not used: others may open it (chmod 700)`, "CompileWarning");
    warned = true;
  } catch {
    // there is no home folder, or no right to make the cache folder
  }
  return undefined;
}

/** Removes the unfinished entries of killed writers. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.kernels\.[\w-]+$/.test(name)) continue;
    const path = join(folder, name);
    if (wallClock() - (await stat(path)).mtimeMs > LEFT_MS) await rm(path, { force: true });
  }
}

function entryName(request: CompileRequest, versions: string): string {
  return `${digestOf(JSON.stringify([versions, request]))}.kernels`;
}

/** The compiled module for a request, if there is a valid entry. Takes 2 ms. */
export async function fromCache(request: CompileRequest, versions: string): Promise<Compiled | undefined> {
  const folder = await privateFolder();
  if (folder === undefined) return undefined;
  try {
    const entry = await readFile(join(folder, entryName(request, versions)));
    const digest = createHash("sha256").update(entry.subarray(DIGEST_BYTES)).digest();
    if (!digest.equals(entry.subarray(0, DIGEST_BYTES))) return undefined;
    const moduleAt = HEAD_AT + entry.readUInt32LE(DIGEST_BYTES);
    const { wasmBytes, ...head } = JSON.parse(entry.toString("utf8", HEAD_AT, moduleAt)) as Head;
    if (!(await areAsTheyWere(head.dependencies))) return undefined;
    const wasm = new Uint8Array(entry.subarray(moduleAt, moduleAt + wasmBytes));
    return { ...head, wasm, map: entry.toString("utf8", moduleAt + wasmBytes) };
  } catch {
    return undefined; // the entry is missing or damaged
  }
}

/** Whether every file is as it was when the compiler looked for it. */
export async function areAsTheyWere(dependencies: readonly Dependency[]): Promise<boolean> {
  const digests = await Promise.all(
    dependencies.map(({ path }) => readFile(path, "utf8").then(digestOf, () => undefined)),
  );
  return dependencies.every(({ digest }, i) => digest === digests[i]);
}

/** Writes an entry. Never throws: a full disk must not fail a compilation. */
export async function intoCache(request: CompileRequest, versions: string, compiled: Compiled): Promise<void> {
  const folder = await privateFolder();
  if (folder === undefined) return;
  const { wasm, map, ...rest } = compiled;
  const head = Buffer.from(JSON.stringify({ ...rest, wasmBytes: wasm.length } satisfies Head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const content = Buffer.concat([length, head, wasm, Buffer.from(map)]);
  const digest = createHash("sha256").update(content).digest();
  const entry = Buffer.concat([digest, content]);
  await writeWhole(join(folder, entryName(request, versions)), entry, 0o600)
    .then(() => sweep(folder))
    .catch(() => {});
}
