/** Runs a source in this interpreter, and says where it failed. */

import type { Runtime } from "node:inspector";
import { kept } from "../../builtins.js";
import { type FailedKernel, failureOf, KernelFault, type WireFailure } from "../../job/failure.js";
import type { WireThrown } from "../../job/thrown.js";
import { mendImports } from "./imports.js";
import { plainScript } from "./plain-script.js";
import { evaluate, isSessionOpen, openSession } from "./session.js";

/** The frames below a source's own, which are Node's and ours: of src/, or of the file that the build joins these modules in. */
const OURS =
  /\n\s+at [^\n]*\bnode:(?:inspector|vm):[^\n]*(?:\n\s+at [^\n]*\/(?:interpreters\/inside\/|interpreter\.joined\.js)[\s\S]*)?$/;

/** @param url how stacks name the source */
export function runSource(source: string, url: string): void | Promise<void> {
  if (!isSessionOpen()) return openSession().then(() => runSource(source, url));
  const script = plainScript(source, url);
  if (!script) return runInSession(source, url);
  script.runInThisContext({ displayErrors: false });
}

async function runInSession(source: string, url: string): Promise<void> {
  const { thrown } = await evaluate(`${mendImports(source)}\n//# sourceURL=${url}`, url);
  if (!thrown) return;
  const { value, details } = thrown;
  throw isUnparsed(value, details) ? unparsed(value, details, source, url) : value;
}

/** The name of a source in stacks, which ends at a blank or a quote. */
export function urlOf(interpreter: string, number: number): string {
  return `interpreter:${interpreter.replaceAll(/[^\p{L}\p{N}._-]/gu, "_")}/exec-${number}`;
}

/** Whether the source never ran: what is thrown when it runs comes by a promise, and not from its script. */
function isUnparsed(value: unknown, { scriptId }: Runtime.ExceptionDetails): value is SyntaxError {
  return value instanceof kept.SyntaxError && scriptId !== undefined;
}

function unparsed(error: SyntaxError, details: Runtime.ExceptionDetails, source: string, url: string): KernelFault {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  // What is missing at the end is missed in the line of the sourceURL.
  const isDeclared = error.message.endsWith("has already been declared") && details.columnNumber === 0;
  if (isDeclared) return new KernelFault("can't be run", error); // by an earlier source: V8 does not say where
  const isPastEnd = details.lineNumber >= lines.length;
  const line = isPastEnd ? lines.length : details.lineNumber + 1;
  const column = isPastEnd ? (lines.at(-1) ?? "").length + 1 : details.columnNumber + 1;
  error.stack = `${error.name}: ${error.message}\n    at ${url}:${line}:${column}`;
  return new KernelFault(`can't be parsed at line ${line}, column ${column}`, error);
}

/** The failure of a source, whose stacks have no frames of ours. */
export function failureOfSource(kernel: FailedKernel, thrown: unknown): WireFailure {
  const failure = failureOf(kernel, thrown);
  return { ...failure, cause: withoutOurs(failure.cause) };
}

function withoutOurs({ stack, held, ...rest }: WireThrown): WireThrown {
  return {
    ...rest,
    stack: stack?.replace(OURS, ""),
    held:
      held?.map(([key, value]) => [key, "thrown" in value ? withoutOurs(value) : value.map(withoutOurs)] as const) ??
      [],
  };
}
