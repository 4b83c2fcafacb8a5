/**
 * This thread's session with its own inspector: the only way to run sources so that all that they declare stays, `let`,
 * `const` and `class` with top-level `await` too. It is opened for the first source.
 */
import { createHook } from "node:async_hooks";
import type { Runtime, Session } from "node:inspector";
import { kept } from "../../builtins.js";
import { setTimeout } from "../../timers.js";
import { Refusal } from "../wire.js";

/**
 * Values pass between the session and this module in it. The session has it by its id, and looks up no name that a source
 * may have declared.
 */
const hook: { value: unknown } = { value: undefined };
/** Where the session finds it once, when it is opened. */
const PLACE = "allcores interpreter";
const TAKE = "function (value) { this.value = value; }";

/** How long logged things may be held, in ms: to let go of them takes 7 us, which not every call needs to pay. */
const FORGET_MS = 50;

type Answered = (failure: Error | null, answer?: object) => void;

let session: Session | undefined;
let hookId: string | undefined;
let isForgetting = false;

export function isSessionOpen(): boolean {
  return session !== undefined;
}

/** @throws Refusal where Node has no inspector, or refuses it */
export async function openSession(): Promise<void> {
  if (session) return;
  try {
    const inspector = await import("node:inspector");
    const opened = new inspector.Session();
    opened.connect();
    hookId = await idOfHook(opened);
    session = opened;
  } catch (cause) {
    throw new Refusal(
      "UnsupportedError",
      `exec needs Node's inspector, which is not to be had here: ${(cause as Error).message} (under the permission ` +
        "model only Node 24 and later have it, by --allow-inspector)",
    );
  }
}

async function idOfHook(opened: Session): Promise<string | undefined> {
  kept.Reflect.defineProperty(kept.globalThis, PLACE, { value: hook, configurable: true });
  try {
    const options = { expression: `this[${kept.JSON.stringify(PLACE)}]` };
    const { result } = await ask<Runtime.EvaluateReturnType>(opened, "Runtime.evaluate", options);
    return result.objectId;
  } finally {
    kept.Reflect.deleteProperty(kept.globalThis, PLACE);
  }
}

/** V8 12 (Node 22) ends the process when a source's promise is collected, since it waits for what nothing can settle. */
const LOSES_PROMISES = kept.process.versions.v8.startsWith("12.");

/** Those of the sources under way. */
const held = new kept.Set<object>();

/** Posts, and holds the first promise that this makes, which is the source's, until it is answered. */
function postHolding(open: Session, method: string, parameters: object, answered: Answered): void {
  let first: object | undefined;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type !== "PROMISE" || first) return;
      first = resource;
      held.add(first);
    },
  });
  hook.enable();
  try {
    open.post(method, parameters, (...answer) => {
      if (first) held.delete(first);
      answered(...answer);
    });
  } finally {
    hook.disable();
  }
}

function ask<Answer>(open: Session, method: string, parameters: object): Promise<Answer> {
  return new kept.Promise<Answer>((resolve, reject) => {
    const answered: Answered = (failure, answer) => {
      if (failure) reject(new kept.Error(`the inspector failed: ${failure.message}`));
      else resolve(answer as Answer);
    };
    if (LOSES_PROMISES) postHolding(open, method, parameters, answered);
    else open.post(method, parameters, answered);
  });
}

/** What a source came to: nothing, or what it threw and where it could not be parsed. */
export interface Evaluated {
  readonly thrown?: { readonly value: unknown; readonly details: Runtime.ExceptionDetails };
}

/** Evaluates an expression at the interpreter's top level, as Node's REPL does. */
export async function evaluate(expression: string, group: string): Promise<Evaluated> {
  const open = session as Session;
  const options = { expression, objectGroup: group, replMode: true, awaitPromise: true, silent: true };
  const answer = await ask<Runtime.EvaluateReturnType>(open, "Runtime.evaluate", options);
  const { exceptionDetails: details, result } = answer;
  const thrown = details && { value: thingOf(open, details.exception), details };
  // V8 holds results until they are released.
  if (details || result.objectId !== undefined) open.post("Runtime.releaseObjectGroup", { objectGroup: group });
  return thrown ? { thrown } : {};
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

/** The names that sources have declared by `let`, `const` and `class`, which hide the global object's properties. */
export async function declaredNames(): Promise<readonly string[]> {
  if (!session) return [];
  const method = "Runtime.globalLexicalScopeNames";
  return (await ask<Runtime.GlobalLexicalScopeNamesReturnType>(session, method, {})).names;
}

/** Assigns to a declared name; without a value, its own, which fails in the same way. @returns why it failed */
export async function assign(name: string, given?: { readonly value: unknown }): Promise<string | undefined> {
  const parameter = name === "hook" ? "it" : "hook";
  const value = given ? `${parameter}.value` : name;
  const options = {
    functionDeclaration: `(${parameter}) => { (${name} = ${value}); }`,
    objectId: hookId,
    arguments: [{ objectId: hookId }],
    silent: true,
  };
  hook.value = given?.value;
  try {
    const answer = await ask<Runtime.CallFunctionOnReturnType>(session as Session, "Runtime.callFunctionOn", options);
    const thrown = answer.exceptionDetails;
    return thrown && (thrown.exception?.description ?? thrown.text).replace(/^\w+: |\n[\s\S]*$/g, "");
  } finally {
    hook.value = undefined;
  }
}

/** The thing itself that a remote object stands for. */
function thingOf(open: Session, remote: Runtime.RemoteObject | undefined): unknown {
  const { objectId, unserializableValue: text, value } = remote ?? {};
  if (objectId !== undefined) {
    const options = { functionDeclaration: TAKE, objectId: hookId, arguments: [{ objectId }], silent: true };
    open.post("Runtime.callFunctionOn", options);
    const taken = hook.value;
    hook.value = undefined;
    return taken;
  }
  if (text === undefined) return value;
  return text.endsWith("n") ? kept.BigInt(text.slice(0, -1)) : kept.Number(text);
}
