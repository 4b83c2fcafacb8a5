/** A child process's side of the file through which a job's data goes. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { BegunPlace, FilePlace } from "./process-messages.js";

export class JobFile {
  readonly #file: number;

  constructor(private readonly place: FilePlace) {
    this.#file = openSync(place.path, "r+");
  }

  /** A file that holds no job. */
  static ofArrays(path: string): JobFile {
    return new JobFile({ path, jobAt: 0, jobBytes: 0 });
  }

  /** The serialized job. */
  readJob(): Uint8Array {
    const job = new Uint8Array(this.place.jobBytes);
    this.read(job, this.place.jobAt);
    return job;
  }

  /** Whether the owner has set the cancel byte (0.9 us). */
  get isStopped(): boolean {
    const flag = new Uint8Array(1);
    readSync(this.#file, flag, 0, 1, 0);
    return flag[0] !== 0;
  }

  read(target: Uint8Array, at: number): void {
    for (let done = 0; done < target.length; ) {
      const read = readSync(this.#file, target, done, target.length - done, at + done);
      if (read === 0) throw new Error("the job's file ends early");
      done += read;
    }
  }

  /** @returns false where the disk is full, or a quota is used up */
  write(bytes: Uint8Array, at: number): boolean {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return false;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

const begunFiles = new Map<string, number>();
const begunByte = new Uint8Array(1);

/** From here on the task is this process's: no other gets it if this one dies (2 us). */
export function markBegun({ path, at, value }: BegunPlace): void {
  const file = begunFiles.get(path) ?? openSync(path, "r+");
  begunFiles.set(path, file);
  begunByte[0] = value;
  writeSync(file, begunByte, 0, 1, at);
}
