/** The content of a kernel's module, by which coordinator and workers know that they mean the same code. */
import { readFile } from "node:fs/promises";
import { UnsupportedError } from "../errors.js";
import { hashOf } from "./job-message.js";

const hashes = new Map<string, Promise<string>>();

/** SHA-256 of the module at a URL, read once: `import` keeps what it has loaded, too. */
export function hashOfModule(url: string): Promise<string> {
  const known = hashes.get(url);
  if (known) return known;
  const made = read(url).then((content) => hashOf(content));
  hashes.set(url, made);
  made.catch(() => hashes.delete(url));
  return made;
}

async function read(text: string): Promise<Uint8Array> {
  const url = new URL(text);
  if (url.protocol === "file:") return readFile(new URL(url.pathname, url));
  if (url.protocol === "data:") return new Uint8Array(await (await fetch(url)).arrayBuffer());
  throw new UnsupportedError(`a kernel for a cluster is loaded from a file: or data: URL, got ${url.protocol}`);
}
