/** Files as they are read and written here: known by a digest, and never seen half written. */
import { createHash, randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";

/** The SHA-256 of a text, in hex. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes a file beside and renames it: readers see the old one or the new one. `mode`: the rights of a new file. */
export async function replaceFile(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await writeFile(beside, content, mode === undefined ? {} : { mode });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
}
