/** What crosses between an interpreter and the thread that made it. */
import type { MessagePort } from "node:worker_threads";
import type { WireFailure } from "../job/failure.js";
import type { PlacedJob } from "../job/wire-job.js";
import type { SharedMemory } from "../memory/heap.js";
import type { PackedValue } from "./values.js";

/** What an interpreter is started with. */
export interface InterpreterStart {
  readonly memory: SharedMemory;
  readonly port: MessagePort;
  /** One word: the ticket of the call that is to stop. */
  readonly stop: Int32Array<SharedArrayBuffer>;
  /** Undefined: by its id. */
  readonly name: string | undefined;
}

export type InterpreterCall =
  | { readonly kind: "exec"; readonly number: number; readonly source: string }
  | { readonly kind: "call"; readonly job: PlacedJob }
  | { readonly kind: "prepareMain"; readonly values: readonly PackedValue[] };

export interface InterpreterTask {
  /** Each call of an interpreter has another one. */
  readonly ticket: number;
  readonly call: InterpreterCall;
}

export interface InterpreterReply {
  readonly value?: unknown;
  readonly failure?: WireFailure;
  readonly refusal?: WireRefusal;
  /** The call has failed by an error that nothing has caught, and its source goes on: OVER follows. */
  readonly goesOn?: boolean;
}

/** What goes on after its reply is over. */
export const OVER = "allcores: over";

/** A call that made no sense there, rather than that its code failed. */
export interface WireRefusal {
  readonly type: "TypeError" | "UnsupportedError";
  readonly message: string;
}

/** Thrown inside an interpreter for what becomes a refusal. */
export class Refusal extends Error {
  constructor(
    readonly type: WireRefusal["type"],
    message: string,
  ) {
    super(message);
  }
}
