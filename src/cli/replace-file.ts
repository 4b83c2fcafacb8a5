/** Writes a file as a whole or not at all: into a temporary one in the same folder, renamed at the end. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { access, constants, type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Opens the temporary file first, so that what can't be written is found before anything is computed; then fills it with
 * what `produce` makes and renames it. Removes it when anything fails, when aborted, and when the process exits.
 */
export async function replaceFile(
  path: string,
  signal: AbortSignal,
  produce: () => Promise<Uint8Array>,
): Promise<void> {
  const { target, temporary, file } = await explained(path, () => openBeside(path));
  const removeNow = () => rmSync(temporary, { force: true });
  process.once("exit", removeNow);
  try {
    const content = await produce();
    await explained(path, async () => {
      await file.writeFile(content);
      await file.close();
      // Signals that came while the picture was encoded in one go have been heard by now.
      signal.throwIfAborted();
      await rename(temporary, target);
    });
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  } finally {
    process.off("exit", removeNow);
  }
}

interface Replacement {
  readonly target: string;
  readonly temporary: string;
  readonly file: FileHandle;
}

async function openBeside(path: string): Promise<Replacement> {
  // Through a link, to the file that it names; a new file keeps its path.
  const target = await realpath(path).catch(() => path);
  const existing = await stat(target).catch(() => undefined);
  if (existing && !existing.isFile()) throw new Error("not a file");
  if (existing) await access(target, constants.W_OK);
  const temporary = join(dirname(target), `.allcores-${randomBytes(6).toString("hex")}.tmp`);
  return { target, temporary, file: await open(temporary, "wx") };
}

/** Failures of the file system name the file that was asked for, not the temporary one. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, name } = error as Error;
    if (name === "AbortError") throw error;
    throw new Error(`can't write ${path}: ${message.split(",")[0]}`, { cause: error });
  }
}
