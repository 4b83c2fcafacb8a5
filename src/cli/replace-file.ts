/** Writes a file as a whole or not at all: into a temporary file in the same folder, renamed at the end. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync } from "node:fs";
import { access, constants, open, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** What is written: bytes, or pieces as they come. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Checks that the file can be written, then writes the content that `produce` makes. The temporary file exists only while
 * it is written: a process killed while it computes leaves nothing. The temporary file is removed after a failure or an
 * abort, and when the process exits.
 */
export async function replaceFile(path: string, signal: AbortSignal, produce: () => Promise<Content>): Promise<void> {
  const place = await explained(path, () => placeFor(path));
  const content = await produce();
  await explained(path, () => write(place, content, signal));
}

interface Place {
  /** The file itself, behind any links. */
  readonly target: string;
  /** The permissions of the file that is replaced. */
  readonly mode: number | undefined;
}

async function placeFor(path: string): Promise<Place> {
  const target = await behindLinks(path);
  const existing = await stat(target).catch(unlessMissing);
  if (existing && !existing.isFile()) throw new Error("not a file");
  if (existing) await access(target, constants.W_OK);
  // A probe finds more obstacles than the folder's permissions show. It is synchronous, so that no signal leaves it behind.
  const probe = temporaryBeside(target);
  closeSync(openSync(probe, "wx"));
  rmSync(probe);
  return { target, mode: existing && existing.mode & 0o777 };
}

/** The file that a link names, whether it exists or not; any other path as it is. */
async function behindLinks(path: string): Promise<string> {
  const found = await realpath(path).catch(unlessMissing);
  if (found !== undefined) return found;
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : behindLinks(resolve(await realpath(dirname(path)), link));
}

async function write({ target, mode }: Place, content: Content, signal: AbortSignal): Promise<void> {
  const temporary = temporaryBeside(target);
  const removeNow = () => rmSync(temporary, { force: true });
  process.once("exit", removeNow);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      if (mode !== undefined) await file.chmod(mode); // restores the bits that the umask removed
      await writeFile(file, content);
    } finally {
      await file.close();
    }
    // The awaits above let in a signal that came while the picture was encoded synchronously.
    signal.throwIfAborted();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    process.off("exit", removeNow);
  }
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.allcores-${randomBytes(6).toString("hex")}.tmp`);
}

/** For `catch`: a missing file is no failure, a name too long is. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
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
