/**
 * Subclasses of Thread with a `run` of their own. A thread is started with the name of the class and of its module, which
 * it imports for itself: the object that the caller holds does not cross.
 *
 *   caller: subclassCall ─> name and URL ─> thread: bindRun ─> import, find the class ─> run(...args)
 */
import { KernelFault, NOT_LOADED } from "../job/failure.js";
import { jsKernel } from "../job/handles.js";
import type { WireJob, WireJsKernel } from "../job/wire-job.js";
import { knownOptions, optionsObject, show } from "../validate.js";
import { importModule } from "../worker/load.js";
import type { SubclassOptions, ThreadOptions } from "./options.js";

/** What `run` finds on its `this`, beside the methods of the class. */
export interface RunningThread extends Required<ThreadOptions> {
  readonly ident: number;
}

type Class = abstract new (...args: never[]) => object;
interface Runnable {
  run(...args: unknown[]): unknown;
}

/** The kernel names the class, the values are the arguments of `run`. */
interface RunJob extends Pick<WireJob, "values"> {
  readonly kernel: WireJsKernel;
}

/** The thread has found no such class in the module: a mistake of the caller's, and no failure of `run`. */
export class NoClass extends Error {}

const OPTIONS = ["args", "name", "daemon"];

/** The parts of a call of Thread's constructor. */
export interface ThreadCall {
  /** Of a subclass: names the class and its module. */
  readonly kernel: unknown;
  readonly args?: unknown;
  readonly options?: ThreadOptions | undefined;
}

/**
 * What `super(options)` in a subclass stands for.
 * @throws TypeError when a thread could not find the class, or its `run`
 */
export function subclassCall(type: Class, given: unknown = {}): ThreadCall {
  optionsObject("options", given);
  const { args, ...options } = given as SubclassOptions;
  knownOptions(given as SubclassOptions, OPTIONS);
  const { name } = type;
  if (typeof name !== "string" || name === "")
    throw new TypeError("a subclass of Thread must have a name, by which its module exports it");
  checkRun(type, name);
  return { kernel: jsKernel(moduleOf(type, name), name), args, options };
}

function checkRun({ prototype }: Class, name: string): void {
  const { run } = prototype as Partial<Runnable>;
  if (typeof run === "function") return;
  throw new TypeError(
    `${name}.run must be a method of the class, got ${show(run)}; a field (run = () => ...) is made by the constructor, ` +
      "which does not run in the thread",
  );
}

function moduleOf(type: Class, name: string): URL | string {
  const { module } = type as { readonly module?: unknown };
  const advice = `name the module that exports ${name}: static module = import.meta.url`;
  if (!Object.hasOwn(type, "module"))
    throw new TypeError(`${name}.module is ${module === undefined ? "missing" : "inherited"}: ${advice}`);
  if (module instanceof URL || (typeof module === "string" && URL.canParse(module))) return module;
  throw new TypeError(`${name}.module must be a URL, got ${show(module)}: ${advice}`);
}

/** @throws TypeError when the object has a `run` of its own, in place of the method that the thread calls */
export function refuseRunField(thread: object): void {
  if (!Object.hasOwn(thread, "run")) return;
  throw new TypeError(
    `${thread.constructor.name}.run must be a method of the class: a field does not reach the thread`,
  );
}

/**
 * For the thread: what calls `run`.
 * @throws KernelFault when the module can't be loaded; NoClass when it has no such class
 */
export async function bindRun({ kernel, values }: RunJob, running: RunningThread): Promise<() => unknown> {
  const { name, url } = kernel;
  let module: Record<string, unknown>;
  try {
    module = await importModule(url, false);
  } catch (cause) {
    throw new KernelFault(NOT_LOADED, cause);
  }
  const type = [module[name], ...Object.values(module)].find((value) => isRunnable(value, name));
  if (type === undefined) {
    const has = Object.keys(module).join(", ") || "nothing";
    throw new NoClass(`${name} must be exported by its module, ${url}, which exports ${has}`);
  }
  const own = Object.entries(running).map(([key, value]) => [key, { value, enumerable: true }]);
  const self: Runnable = Object.create((type as Class).prototype, Object.fromEntries(own));
  return () => self.run(...values);
}

/** Whether it is the class, under whatever name the module exports it. */
function isRunnable(value: unknown, name: string): boolean {
  return typeof value === "function" && value.name === name && typeof value.prototype?.run === "function";
}
