/**
 * Case files: modules whose default export is what `compare` takes. A fresh process can load a case file, unlike a closure,
 * so that first calls there are cold.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { packageFile } from "../locate.js";
import { performance } from "../timers.js";
import { show, wholeNumber } from "../validate.js";
import { compare } from "./compare.js";
import type { Cases, CompareOptions } from "./options.js";
import type { CompareReport, FirstCallReport } from "./report.js";
import { quantile } from "./statistics.js";

/** Options by which the caller overrides the file's. */
export type CaseFileOptions = Pick<CompareOptions, "budget" | "seed" | "signal" | "onProgress">;

/** Fresh processes for each case: the report has their median. */
const PROCESSES = 3;

/**
 * Compares the cases of a file, as `compare` does, and measures each one's first call in a fresh process.
 * @param file a module whose default export is what `compare` takes
 * @param options these take precedence over the file's
 */
export async function compareFile(file: URL, options: CaseFileOptions = {}): Promise<CompareReport> {
  checkFile(file);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const asked = { ...(await caseFile(file.href)), ...given };
  const report = await compare(asked);
  if (report.state === "wrong") return report;
  const names = report.cases.map(({ name }) => name);
  const firsts = await firstCalls(file, names, asked);
  return {
    ...report,
    cases: report.cases.map((entry) => ({ ...entry, first: firsts.get(entry.name) as FirstCallReport })),
  };
}

/** Options of `firstCalls`. */
export interface FirstCallOptions extends Pick<CompareOptions, "signal" | "onProgress"> {
  /** Fresh processes for each case: the report has their median (default 3). */
  readonly processes?: number | undefined;
}

/**
 * First calls of cases, each in a process that has done nothing before, in turns.
 * @param file a module whose default export is what `compare` takes
 * @param names the names of its cases
 * @returns ms by the names, without the starts of the processes and the loading of the file. Rejects with the error of a
 * process, or with `signal.reason`
 */
export async function firstCalls(
  file: URL,
  names: readonly string[],
  { processes = PROCESSES, signal, onProgress }: FirstCallOptions = {},
): Promise<ReadonlyMap<string, FirstCallReport>> {
  checkFile(file);
  wholeNumber("processes", processes, 1, 1000);
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const total = processes * names.length;
  const started = performance.now();
  for (let done = 0; done < total; done++) {
    const left = done > 0 ? ((performance.now() - started) / done) * (total - done) : 0;
    onProgress?.({ stage: "first", done, total, left });
    const name = names[done % names.length] as string;
    times.get(name)?.push(await inFreshProcess(file, name, signal));
  }
  return new Map([...times].map(([name, ms]) => [name, { ms: quantile(ms, 0.5), process: "fresh" }]));
}

/** The message that the process of a first call sends. */
export interface FirstCallMessage {
  readonly ms?: number;
  readonly error?: string;
}

function checkFile(file: URL): void {
  if (!(file instanceof URL)) throw new TypeError(`file must be a URL, got ${show(file)}`);
}

async function load(url: string): Promise<{ default?: CompareOptions<Cases, never> }> {
  try {
    return await import(url);
  } catch (cause) {
    // A SyntaxError does not name its file.
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

async function inFreshProcess(file: URL, name: string, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted();
  const entry = fileURLToPath(packageFile("bench/entry/first-call.js"));
  // Prints of the cases go to stderr: stdout is the caller's.
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
