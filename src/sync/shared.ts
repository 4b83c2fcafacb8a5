/**
 * The base of all primitives: words on shared memory, new or adopted, and the handle that other threads adopt them by.
 *
 *   new Lock()             new words, in a new SharedArrayBuffer
 *   new Lock({ on: heap }) new words on the heap, where kernels see them
 *   Lock.from(handle)      the words of another thread's lock
 */
import { optionsObject, show } from "../validate.js";
import { agentTable, joinAgents } from "./agents.js";
import { markedKind, markWords } from "./mark.js";

/** Words of a primitive, as threads share them. */
export type Words = Int32Array<SharedArrayBuffer>;

/** What another thread adopts a primitive by: plain data that crosses postMessage and the arguments of `submit`. */
export interface SyncHandle<Kind extends string = string> {
  readonly kind: Kind;
  /** Where its words are. */
  readonly buffer: SharedArrayBuffer;
  /** Bytes from the buffer's begin. */
  readonly offset: number;
  /** The table of the threads that may hold it. */
  readonly agents: SharedArrayBuffer;
}

/** Where a new primitive lies. */
export interface Placement {
  /** The heap, or a scope of it: gives `words`, an Int32Array whose pointer kernels get, and which `heap.free` takes. */
  readonly on?: { int32(length: number): Words } | undefined;
}

/** The words of all primitives of this thread, with their kinds: so that messages can say what an array is. */
const kinds = new WeakMap<object, string>();

/** The kind of the primitive whose `words` an array is. */
export function kindOfWords(array: object): string | undefined {
  return kinds.get(array);
}

/** Words start on a cache line, in a heap array and in a new buffer alike. */
const LINE_WORDS = 16;

export abstract class Shared<Kind extends string = string> {
  /** Its words. Kernels work on them by the layout that is drawn in docs/sync.md; other code should not. */
  readonly words: Words;
  /** Crosses to other threads (not to processes), which adopt the primitive with `from`. */
  readonly handle: SyncHandle<Kind>;
  /** @internal Whether this object made the words, and has to write what they start with. */
  protected readonly isNew: boolean;

  protected constructor(kind: Kind, where: Placement | SyncHandle<Kind>, words = LINE_WORDS) {
    optionsObject("options", where);
    if (isHandle(where)) {
      this.isNew = false;
      this.words = new Int32Array(where.buffer, where.offset);
      if (markedKind(this.words)) this.words = this.words.subarray(0, LINE_WORDS) as Words;
      this.handle = where;
      joinAgents(where.agents);
      kinds.set(this.words, kind);
      return;
    }
    const { on } = where;
    if (on !== undefined && typeof (on as Partial<typeof on> | null)?.int32 !== "function")
      throw new TypeError(`on must be the heap, or a scope of it (heap.scope()), got ${show(on)}`);
    this.isNew = true;
    this.words = on?.int32(words) ?? new Int32Array(new SharedArrayBuffer(words * 4));
    markWords(this.words, kind);
    const { buffer, byteOffset: offset } = this.words;
    this.handle = Object.freeze({ kind, buffer, offset, agents: agentTable().buffer });
    kinds.set(this.words, kind);
  }
}

/** Whether a constructor was given a handle to adopt. */
export function isHandle<Kind extends string>(where: object): where is SyncHandle<Kind> {
  return "buffer" in where && "agents" in where;
}

/** Refuses what is not the handle of such a primitive. */
export function checkHandle<Kind extends string>(handle: unknown, ...kinds: Kind[]): SyncHandle<Kind> {
  const given = handle as Partial<SyncHandle<Kind>> | null | undefined;
  const isWhole = given?.buffer instanceof SharedArrayBuffer && given.agents instanceof SharedArrayBuffer;
  if (isWhole && Number.isInteger(given.offset) && kinds.includes(given.kind as Kind)) return given as SyncHandle<Kind>;
  throw new TypeError(`handle must be the handle of a ${kinds.join(" or ")}, got ${describeHandle(handle)}`);
}

function describeHandle(handle: unknown): string {
  const kind = (handle as Partial<SyncHandle> | null | undefined)?.kind;
  return typeof kind === "string" ? `that of a ${kind}` : show(handle);
}
