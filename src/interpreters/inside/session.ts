/**
 * This thread's session with its own inspector: the only way to run sources so that all that they declare stays, `let`,
 * `const` and `class` with top-level `await` too. It is opened for the first source.
 */
import type { Runtime, Session } from "node:inspector";
import { setTimeout } from "../../timers.js";
import { Refusal } from "../wire.js";

/** Under this symbol values pass between the session and this module, which it knows by text alone. */
const HOOK = Symbol.for("allcores.interpreter");
const hook: { value: unknown } = { value: undefined };
const TAKE = `function () { "use strict"; globalThis[Symbol.for("${HOOK.description}")].value = this; }`;
const GIVEN = `globalThis[Symbol.for("${HOOK.description}")].value`;

/** How long logged things may be held, in ms: to let go of them takes 7 us, which not every call needs to pay. */
const FORGET_MS = 50;

let session: Session | undefined;
let isForgetting = false;

/** @throws Refusal where Node has no inspector, or refuses it */
export async function openSession(): Promise<void> {
  if (session) return;
  try {
    const inspector = await import("node:inspector");
    const opened = new inspector.Session();
    opened.connect();
    session = opened;
  } catch (cause) {
    throw new Refusal(
      "UnsupportedError",
      `exec needs Node's inspector, which is not to be had here: ${(cause as Error).message} (under the permission ` +
        "model only Node 24 and later have it, by --allow-inspector)",
    );
  }
  Object.defineProperty(globalThis, HOOK, { value: hook });
}

/** What a source came to: nothing, or what it threw and where it could not be parsed. */
export interface Evaluated {
  readonly thrown?: { readonly value: unknown; readonly details: Runtime.ExceptionDetails };
}

/** Evaluates an expression at the interpreter's top level, as Node's REPL does. */
export async function evaluate(expression: string, group: string): Promise<Evaluated> {
  const open = session as Session;
  const options = { expression, objectGroup: group, replMode: true, awaitPromise: true, silent: true };
  const { exceptionDetails: details, result } = await new Promise<Runtime.EvaluateReturnType>((resolve, reject) => {
    open.post("Runtime.evaluate", options, (failure, answer) => {
      if (failure) reject(new Error(`the inspector failed: ${failure.message}`));
      else resolve(answer as Runtime.EvaluateReturnType);
    });
  });
  const thrown = details && { value: thingOf(open, details.exception), details };
  // V8 holds results until they are released.
  if (details || result.objectId !== undefined) open.post("Runtime.releaseObjectGroup", { objectGroup: group });
  return thrown ? { thrown } : {};
}

/** Whether a source has been run, so that names may have been declared. */
export function hasSession(): boolean {
  return session !== undefined;
}

/** Soon after a call, lets go of the last 1,000 things that were logged: V8 holds them while there is a session. */
export function forgetConsole(): void {
  if (!session || isForgetting) return;
  isForgetting = true;
  setTimeout(() => {
    isForgetting = false;
    session?.post("Runtime.discardConsoleEntries");
  }, FORGET_MS).unref();
}

/** Assigns by name, which `let` may have taken from the global's property. */
export async function assign(name: string, value: unknown): Promise<Evaluated> {
  hook.value = value;
  try {
    return await evaluate(`void (${name} = ${GIVEN})`, "assign");
  } finally {
    hook.value = undefined;
  }
}

/** The thing itself that a remote object stands for. */
function thingOf(open: Session, remote: Runtime.RemoteObject | undefined): unknown {
  const { objectId, unserializableValue: text, value } = remote ?? {};
  if (objectId !== undefined) {
    open.post("Runtime.callFunctionOn", { objectId, functionDeclaration: TAKE, silent: true });
    const taken = hook.value;
    hook.value = undefined;
    return taken;
  }
  if (text === undefined) return value;
  return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
}
