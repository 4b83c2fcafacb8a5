/** Where bytes go that are too many for Redis: a folder that all machines share, or a store of the user's. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { show } from "../validate.js";

/** Keeps bytes that are too many for Redis: an object store, for example. Keys have letters, digits, `.`, `_` and `-`. */
export interface ClusterStore {
  /** Resolves when `get` finds the bytes, from every machine. The same key may be put again, with the same bytes. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes, or undefined when there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Resolves also when there is nothing under the key. */
  delete(key: string): Promise<void>;
}

/** @throws TypeError for what is neither a folder nor a store */
export function storeOf(store: unknown): ClusterStore {
  if (typeof store === "string" && store !== "") return new FolderStore(resolve(store));
  const hook = (store ?? {}) as Partial<Record<keyof ClusterStore, unknown>>;
  for (const method of ["put", "get", "delete"] as const)
    if (typeof hook[method] !== "function")
      throw new TypeError(`store must be a folder, or an object with put, get and delete, got ${show(store)}`);
  return store as ClusterStore;
}

class FolderStore implements ClusterStore {
  constructor(private readonly folder: string) {}

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    // A reader on another machine sees all of the file or none of it.
    const part = join(this.folder, `${key}.${randomUUID()}.part`);
    await writeFile(part, bytes);
    await rename(part, join(this.folder, key));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.folder, key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(join(this.folder, key), { force: true });
  }
}
