/**
 * The stamp of a step: a digest of all that the step read, and one of each file that it wrote. The step is skipped while
 * both still hold. The stamp is removed before the step runs and written after it: a step that was interrupted leaves none,
 * and a file that something else has changed since is made again.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { digestsOf } from "./files.mjs";

export class Stamp {
  #path;

  constructor(name) {
    this.#path = `build/stamps/${name}.json`;
  }

  /** The files that the step wrote; undefined unless all of them are as the step left them. */
  get outputs() {
    const { outputs } = this.#read() ?? {};
    if (!outputs) return undefined;
    const paths = Object.keys(outputs);
    const found = digestsOf(paths);
    return paths.every((path) => found[path] !== null && found[path] === outputs[path]) ? paths : undefined;
  }

  /** Whether the step would write what is there already. */
  covers(inputs) {
    return this.#read()?.inputs === inputs && this.outputs !== undefined;
  }

  remove() {
    rmSync(this.#path, { force: true });
  }

  /** `inputs` is null for a step that has failed: its files are known, and it runs again in any case. */
  write(inputs, paths) {
    const outputs = digestsOf(paths);
    const missing = paths.filter((path) => outputs[path] === null);
    if (missing.length > 0) throw new Error(`a step of the build wrote no ${missing.join(", ")}`);
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify({ inputs, outputs }, null, 1));
  }

  #read() {
    if (!existsSync(this.#path)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, "utf8"));
    } catch {
      return undefined; // cut off while it was written
    }
  }
}
