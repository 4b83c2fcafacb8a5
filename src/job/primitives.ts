/**
 * Primitives of allcores/sync among the arguments of a job. What crosses to a thread is their handle (JS kernels) or their
 * words (Wasm kernels); a primitive itself would arrive as a plain object without methods.
 */
import { UnsupportedError } from "../errors.js";
import { isHandle, kindOfWords, Shared } from "../sync/shared.js";

/** Those that Wasm kernels know, and how they are made for them. */
const FOR_WASM: Readonly<Record<string, string>> = {
  Lock: "new Lock({ on: heap })",
  Semaphore: "new Semaphore(permits, { on: heap })",
  BoundedSemaphore: "new BoundedSemaphore(permits, { on: heap })",
  Event: "new Event({ on: heap })",
  Counter: "new Counter(value, { on: heap })",
};

/**
 * Refuses what says that a primitive was meant, in another form than this language takes.
 * @param arg an argument that is no array on the heap
 */
export function checkPrimitive(name: string, arg: unknown, language: "js" | "wasm"): void {
  if (typeof arg !== "object" || arg === null) return;
  if (arg instanceof Shared) {
    const { kind } = arg.handle as { kind: string };
    throw new TypeError(`${name} is ${article(kind)} itself, which can't be sent: pass ${instead(kind, language)}`);
  }
  if (language === "wasm" && isHandle(arg) && typeof arg.kind === "string")
    throw new TypeError(
      `${name} is the handle of ${article(arg.kind)}, which is for JS: pass ${instead(arg.kind, language)}`,
    );
}

/** The message for the words of a primitive that do not lie on the heap; undefined for any other view. */
export function strayWords(name: string, arg: ArrayBufferView, language: "js" | "wasm"): string | undefined {
  const kind = kindOfWords(arg);
  return (
    kind && `${name} is the words of ${article(kind)} that is not on the shared heap: pass ${instead(kind, language)}`
  );
}

function instead(kind: string, language: "js" | "wasm"): string {
  const made = FOR_WASM[kind];
  const variable = kind.charAt(0).toLowerCase() + kind.slice(1);
  if (language === "js") return `${variable}.handle, which ${kind}.from(handle) adopts there`;
  if (made) return `${variable}.words of one made by ${made}`;
  return `another: a Wasm kernel takes the words of a ${Object.keys(FOR_WASM).join(", ")} made with { on: heap }`;
}

const article = (kind: string) => `${/^(Event|RLock)/.test(kind) ? "an" : "a"} ${kind}`;

/** Refuses words of a primitive for a process: it would get a copy, and exclude no other thread. */
export function refuseWords(name: string, kind: string): never {
  throw new UnsupportedError(`${name} is the words of ${article(kind)}: ${NOT_TO_PROCESSES}`);
}

/** Part of messages. */
export const NOT_TO_PROCESSES =
  "shared memory, and so locks and the other primitives of allcores/sync, do not reach other processes; use threads";
