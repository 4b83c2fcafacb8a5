/** The machine, Node and package that were measured: without them figures can't be compared. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform } from "node:os";
import { packageFile } from "../locate.js";
import { machine } from "../pool/cores.js";
import { wasmFeatures } from "./features.js";

/** A machine, a Node and a package, as plain data. */
export interface MachineDescription {
  /** The package's version. */
  readonly allcores: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: string;
  /** Cores of the machine, and those that this process may use. */
  readonly cores: number;
  readonly allowed: number;
  /** A container's quota in cores; null where there is none. */
  readonly quota: number | null;
  /** Running and waiting tasks of the last 1, 5 and 15 minutes; zeros on Windows, which has no such figure. */
  readonly load: readonly [number, number, number];
  /** Features of WebAssembly, and whether this Node has them. */
  readonly wasm: Readonly<Record<string, boolean>>;
  /** SHA-256 of each built-in kernel's Wasm, by its file. */
  readonly kernels: Readonly<Record<string, string>>;
}

/** Describes this machine, with its load at the time of the call. */
export function describeMachine(): MachineDescription {
  const { cores, allowed, quota } = machine();
  const { node, v8 } = process.versions;
  return {
    allcores: packageVersion(),
    node,
    v8,
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores,
    allowed,
    quota: quota ?? null,
    load: currentLoad(),
    wasm: wasmFeatures(),
    kernels: kernelHashes(),
  };
}

/** Load averages of 1, 5 and 15 minutes. */
export function currentLoad(): [number, number, number] {
  return loadavg() as [number, number, number];
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("../package.json"), "utf8")) as { version: string }).version;
}

let hashes: Readonly<Record<string, string>> | undefined;

function kernelHashes(): Readonly<Record<string, string>> {
  hashes ??= Object.fromEntries(
    readdirSync(packageFile("kernels/"))
      .filter((file) => file.endsWith(".wasm"))
      .sort()
      .map((file) => [
        file,
        createHash("sha256")
          .update(readFileSync(packageFile(`kernels/${file}`)))
          .digest("hex"),
      ]),
  );
  return hashes;
}

/** Whether times of two reports may be compared: the same processor, cores and Node. */
export function isSameMachine(a: MachineDescription, b: MachineDescription): boolean {
  return (["cpu", "arch", "platform", "cores", "allowed", "quota", "node"] as const).every((key) => a[key] === b[key]);
}
