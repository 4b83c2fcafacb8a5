/** The files that `allcores build` was given, and what each was compiled from. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BuildInput } from "allcores/compile";

/** The interval, in ms, of looks at the files: editors replace files, which ends a watch by fs.watch. */
const LOOK_MS = 100;

export interface Source {
  readonly file: string;
  /** The files that its last compilation read, or did not find. */
  inputs: readonly BuildInput[];
}

/**
 * @param names files, and patterns of files: a shell may leave these as they are
 * @throws RangeError for a pattern that no file matches, and for files that would be written over each other
 */
export async function sourcesOf(names: readonly string[]): Promise<readonly Source[]> {
  const files = (await Promise.all(names.map(matches))).flat();
  const sources = [...new Set(files)].map((file) => ({ file, inputs: [{ path: resolve(file), digest: undefined }] }));
  for (const [i, { file }] of sources.entries()) {
    const other = sources.slice(0, i).find((one) => basename(one.file) === basename(file));
    if (other) throw new RangeError(`${other.file} and ${file} would be written to the same files: build them apart`);
  }
  return sources;
}

async function matches(name: string): Promise<readonly string[]> {
  if (existsSync(name)) return [name];
  const { glob, isDynamicPattern } = await import("tinyglobby");
  if (!isDynamicPattern(name)) return [name];
  const found = await glob(name, { ignore: ["**/node_modules/**", "**/*.d.ts"] });
  if (found.length === 0) throw new RangeError(`no file matches '${name}'`);
  return found.sort();
}

/**
 * Resolves with the sources of which a file is not as the compiler read it, or with none at the signal. Contents are compared
 * whenever a time or size has changed, and once at first, so that a change during the compilation is not missed.
 */
export async function changedSources(sources: readonly Source[], signal: AbortSignal): Promise<readonly Source[]> {
  const paths = [...new Set(sources.flatMap(({ inputs }) => inputs.map(({ path }) => path)))];
  for (let seen = ""; !signal.aborted; await delay(LOOK_MS, undefined, { signal }).catch(() => {})) {
    const now = (await Promise.all(paths.map(timesOf))).join();
    if (now === seen) continue;
    seen = now;
    const digests = new Map(await Promise.all(paths.map(async (path) => [path, await digestOf(path)] as const)));
    const changed = sources.filter(({ inputs }) => inputs.some(({ path, digest }) => digest !== digests.get(path)));
    if (changed.length > 0) return changed;
  }
  return [];
}

async function timesOf(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => "",
  );
}

async function digestOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").then(
    (text) => createHash("sha256").update(text).digest("hex"),
    () => undefined,
  );
}
