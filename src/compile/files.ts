/** The compiler's files: a digest identifies a text, and no reader sees a file half written. */
import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The SHA-256 of a text, in hex. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes a temporary file beside and renames it: readers see the old content or the new. `mode`: rights of the new file. */
export async function writeWhole(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await writeFile(beside, content, mode === undefined ? {} : { mode });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
}

/** Whether Node takes `x.js` in a folder for an ES module, as its package says; the folder need not be there yet. */
export async function isModuleFolder(folder: string): Promise<boolean> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const manifest = await readFile(join(path, "package.json"), "utf8").catch(() => undefined);
    if (manifest !== undefined) return typeOf(manifest) === "module";
    if (dirname(path) === path) return false;
  }
}

function typeOf(manifest: string): unknown {
  try {
    return JSON.parse(manifest)?.type;
  } catch {
    return undefined; // Node reports a broken package.json itself
  }
}
