/**
 * The file through which a job's data goes to child processes and back: 48 MB of results take 24-31 ms, against 85-144
 * over the IPC channel.
 *
 *   0       page 0: byte 0 is set to cancel
 *   4096..  snapshots of the input arrays   (children that start late must not see finished results)
 *           results, one region an array    (each chunk's part at the place that it has in the array)
 *           the job, serialized
 *
 * On Linux the file has no name: it is unlinked at once and children open it through /proc, so that nothing is left
 * whichever process is killed. Elsewhere it lies in a folder that only the user can read, named after its owner, and the
 * folders of dead owners are swept.
 */
import { constants, readSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, mkdtemp, open, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where page 0 ends; the arrays' regions start at multiples of it. */
export const FIRST_REGION = 4096;

/** A stretch of the file. */
export interface Region {
  readonly at: number;
  readonly content: Uint8Array;
}

const { O_CREAT, O_EXCL, O_RDWR } = constants;
const PREFIX = "allcores-";
/** Bytes that are copied at a time. */
const COPY_BYTES = 2 ** 20;

/** Of files that are open: the process removes them when it ends before it has closed the files. */
const openFolders = new Set<string>();

function removeFolders(): void {
  for (const folder of openFolders) rmSync(folder, { recursive: true, force: true });
}

export class SharedFile {
  private constructor(
    private readonly file: FileHandle,
    /** Where children open it. */
    readonly path: string,
    /** What it was made for. */
    readonly bytes: number,
    private readonly folder?: string,
  ) {
    if (!folder) return;
    if (openFolders.size === 0) process.on("exit", removeFolders);
    openFolders.add(folder);
  }

  /**
   * Makes the file and writes into it.
   * @param size bytes that it will hold in the end
   * @returns undefined where no folder has the room
   */
  static async create(size: number, regions: readonly Region[]): Promise<SharedFile | undefined> {
    const named = process.platform !== "linux";
    for (const folder of await foldersWithRoom(size)) {
      try {
        return await SharedFile.#createIn(folder, size, regions, named);
      } catch (error) {
        if (!isOfSystem(error)) throw error; // full, forbidden, not there: the next
      }
    }
    return undefined;
  }

  static async #createIn(
    parent: string,
    size: number,
    regions: readonly Region[],
    named: boolean,
  ): Promise<SharedFile> {
    if (named) await sweep(parent);
    const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
    const path = join(folder, "job");
    let file: FileHandle | undefined;
    try {
      file = await open(path, O_CREAT | O_EXCL | O_RDWR, 0o600);
      const { fd } = file;
      if (!named) await rm(folder, { recursive: true });
      await writeRegions(file, regions);
      if (named) return new SharedFile(file, path, size, folder);
      return new SharedFile(file, `/proc/${process.pid}/fd/${fd}`, size);
    } catch (error) {
      await file?.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Writes the next job's regions, and clears the cancel byte. @returns false where the disk is full */
  async refill(regions: readonly Region[]): Promise<boolean> {
    try {
      await writeRegions(this.file, [{ at: 0, content: new Uint8Array(1) }, ...regions]);
      return true;
    } catch (error) {
      if (isOfSystem(error)) return false;
      throw error;
    }
  }

  /** Sets the byte that children look at between slices. */
  async cancel(): Promise<void> {
    await this.file.write(new Uint8Array([1]), 0, 1, 0);
  }

  /** Sets a byte, at once (1 us). @returns false where the disk is full */
  mark(at: number, value: number): boolean {
    try {
      return writeSync(this.file.fd, new Uint8Array([value]), 0, 1, at) === 1;
    } catch {
      return false;
    }
  }

  byteAt(at: number): number | undefined {
    const byte = new Uint8Array(1);
    readSync(this.file.fd, byte, 0, 1, at);
    return byte[0];
  }

  /** Copies a stretch of the file to another place in it. */
  async copy(from: number, to: number, bytes: number): Promise<void> {
    const part = new Uint8Array(Math.min(bytes, COPY_BYTES));
    for (let done = 0; done < bytes; done += part.length) {
      const now = part.subarray(0, Math.min(part.length, bytes - done));
      await this.read(now, from + done);
      await writeRegions(this.file, [{ at: to + done, content: now }]);
    }
  }

  /** Reads a stretch straight into `target`, which may lie on the shared heap. */
  async read(target: Uint8Array, at: number): Promise<void> {
    await transferAll(target, at, (...part) => this.file.read(...part));
  }

  async close(): Promise<void> {
    await this.file.close();
    if (!this.folder) return;
    await rm(this.folder, { recursive: true, force: true });
    openFolders.delete(this.folder);
    if (openFolders.size === 0) process.off("exit", removeFolders);
  }
}

function isOfSystem(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}

async function writeRegions(file: FileHandle, regions: readonly Region[]): Promise<void> {
  for (const { at, content } of regions) await transferAll(content, at, (...part) => file.write(...part));
}

/** Reads or writes until all is done: one call may do a part. */
async function transferAll(
  bytes: Uint8Array,
  at: number,
  part: (
    bytes: Uint8Array,
    offset: number,
    length: number,
    at: number,
  ) => Promise<{ bytesRead?: number; bytesWritten?: number }>,
): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesRead, bytesWritten } = await part(bytes, done, bytes.byteLength - done, at + done);
    const moved = bytesRead ?? bytesWritten ?? 0;
    if (moved === 0) throw new Error("the job's file is shorter than it should be");
    done += moved;
  }
}

/** Memory if it has twice the room (containers give /dev/shm 64 MB), else the disk. */
async function foldersWithRoom(size: number): Promise<string[]> {
  const folders = [tmpdir()];
  try {
    const { bavail, bsize } = await statfs("/dev/shm");
    if (bavail * bsize > 2 * size) folders.unshift("/dev/shm");
  } catch {
    // There is none here.
  }
  return folders;
}

/** Removes the folders of owners that are dead. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("-")[0]) : 0;
    if (owner > 0 && !isAlive(owner)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
