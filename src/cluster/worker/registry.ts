/**
 * The kernels that a worker may run: those of the package, and those that its operator has registered. They are found by the
 * content of their module and their name, so that a job can name no other code, and no file.
 */
import { readdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { type AnyFunction, jsKernel, type Kernel, wasmKernel } from "../../job/handles.js";
import { packageFile } from "../../locate.js";
import { show } from "../../validate.js";
import { hashOfModule } from "../content.js";
import { hashOf, type KernelName } from "../job-message.js";

/** Makes the handle of an export. */
type Module = (name: string) => Kernel;

export class Registry {
  /** Whole modules, by the hash of their content: all exports may be called. */
  readonly #modules = new Map<string, Module>();
  /** Exports that are handles, by hash and name. */
  readonly #handles = new Map<string, Kernel>();

  /**
   * @param files paths or URLs of JS modules, whose functions are kernels and whose handles name some, or of `.wasm` files
   * @throws what a module throws when it is imported
   */
  static async open(files: readonly (string | URL)[]): Promise<Registry> {
    const registry = new Registry();
    await registry.#addPackage();
    for (const file of files) await registry.#add(file);
    return registry;
  }

  find({ hash, name, language }: KernelName): Kernel | undefined {
    const kernel = this.#handles.get(`${hash} ${name}`) ?? this.#modules.get(hash)?.(name);
    return kernel?.language === language ? kernel : undefined;
  }

  async #addPackage(): Promise<void> {
    const folder = packageFile("kernels/");
    for (const file of await readdir(folder))
      if (/\.(wasm|twin\.js)$/.test(file)) await this.#addModule(new URL(file, folder).href);
  }

  async #addModule(url: string): Promise<void> {
    const make: Module = isWasm(url) ? (name) => wasmKernel(url, name) : (name) => jsKernel(url, name);
    this.#modules.set(await hashOfModule(url), make);
  }

  async #add(file: string | URL): Promise<void> {
    const url = urlOf(file);
    await this.#addModule(url);
    if (isWasm(url)) return;
    const exported = (await import(url)) as Record<string, unknown>;
    for (const value of Object.values(exported)) await this.#addExport(value, 0);
  }

  /** An export may be a handle, or an object of them, as `compileKernels` gives it. */
  async #addExport(value: unknown, depth: number): Promise<void> {
    if (isHandle(value)) this.#handles.set(`${await hashOfSource(value)} ${value.name}`, value);
    else if (depth === 0 && typeof value === "object" && value !== null)
      for (const one of Object.values(value)) await this.#addExport(one, depth + 1);
  }
}

function urlOf(file: string | URL): string {
  if (file instanceof URL) return file.href;
  if (typeof file !== "string") throw new TypeError(`kernels must be paths or URLs of modules, got ${show(file)}`);
  return /^(file|data):/.test(file) ? file : pathToFileURL(file).href;
}

function isWasm(url: string): boolean {
  return url.startsWith("data:application/wasm") || new URL(url).pathname.endsWith(".wasm");
}

function isHandle(value: unknown): value is Kernel<AnyFunction> {
  const { language, name, source } = (value ?? {}) as Partial<Kernel>;
  return (language === "js" || language === "wasm") && typeof name === "string" && source !== undefined;
}

async function hashOfSource({ source }: Kernel): Promise<string> {
  if (source instanceof Uint8Array) return hashOf(source);
  if (typeof source === "string") return hashOfModule(source);
  throw new TypeError("kernels: a WebAssembly.Module does not show its bytes, so that it can't be registered");
}
