/**
 * Case files: modules whose default export is what `compare` takes. Unlike closures they can be loaded again, by processes
 * that have done nothing else: so their first calls are cold ones.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { packageFile } from "../locate.js";
import { show } from "../validate.js";
import { compare } from "./compare.js";
import type { FirstCallMessage } from "./entry/first-call.js";
import type { Cases, CompareOptions } from "./options.js";
import type { CompareReport } from "./report.js";
import { quantile } from "./statistics.js";

/** What the caller may say in place of the file. */
export type CaseFileOptions = Pick<CompareOptions, "budget" | "seed" | "signal" | "onProgress">;

/** Fresh processes a case: their median is told. */
const PROCESSES = 3;

/**
 * Compares the cases of a file, as `compare` does, and tells each one's first call in a fresh process.
 * @param file a module whose default export is what `compare` takes
 * @param options what takes precedence over the file's own
 */
export async function compareFile(file: URL, options: CaseFileOptions = {}): Promise<CompareReport> {
  if (!(file instanceof URL)) throw new TypeError(`file must be a URL, got ${show(file)}`);
  const asked = { ...(await caseFile(file.href)), ...options };
  const report = await compare(asked);
  if (report.state === "wrong") return report;
  const names = report.cases.map(({ name }) => name);
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const total = PROCESSES * names.length;
  const started = performance.now();
  for (let done = 0; done < total; done++) {
    const left = done > 0 ? ((performance.now() - started) / done) * (total - done) : 0;
    asked.onProgress?.({ stage: "first", done, total, left });
    // In turns, as everywhere.
    const name = names[done % names.length] as string;
    times.get(name)?.push(await firstCall(file, name, asked.signal));
  }
  const cases = report.cases.map((own) => {
    const ms = quantile(times.get(own.name) ?? [], 0.5);
    return { ...own, first: { ms, process: "fresh" } as const };
  });
  return { ...report, cases };
}

async function load(url: string): Promise<{ default?: CompareOptions<Cases, never> }> {
  try {
    return await import(url);
  } catch (cause) {
    // A SyntaxError does not say where it is.
    const what = cause instanceof Error ? cause.message : show(cause);
    throw new Error(`can't load ${url}: ${what}`, { cause });
  }
}

/** The default export of a case file. */
export async function caseFile(url: string): Promise<CompareOptions<Cases, never>> {
  const { default: options } = await load(url);
  if (typeof options === "object" && options !== null) return options;
  throw new TypeError(`the default export of ${url} must be the options of compare(), got ${show(options)}`);
}

/**
 * The first call of a case, in a process that has done nothing before.
 * @param file a module whose default export is what `compare` takes
 * @returns ms, without the start of the process and the loading of the file. Rejects with what went wrong there, or with
 * `signal.reason`, when the process has ended
 */
export async function firstCall(file: URL, name: string, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const entry = fileURLToPath(packageFile("bench/entry/first-call.js"));
  // What the cases print goes to stderr: stdout is the caller's.
  const child = fork(entry, [file.href, name], { stdio: ["ignore", 2, 2, "ipc"], signal, killSignal: "SIGKILL" });
  let message: FirstCallMessage | undefined;
  child.on("message", (sent) => {
    message = sent as FirstCallMessage;
  });
  try {
    const [code, killed] = await once(child, "exit");
    if (message?.ms !== undefined) return message.ms;
    throw new Error(
      `the first call of ${name} in a fresh process failed: ${message?.error ?? `it ended with ${code ?? killed}`}`,
    );
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
