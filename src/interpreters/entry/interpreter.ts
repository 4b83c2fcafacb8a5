/** What the thread of an interpreter loads: serves one call after the other, and goes on after their errors. */

import { workerData } from "node:worker_threads";
import { kept } from "../../builtins.js";
import { alone } from "../../job/clone.js";
import { failureOf, KernelFault, NOT_SENT } from "../../job/failure.js";
import type { WireThrown } from "../../job/thrown.js";
import { adoptMemory } from "../../memory/heap.js";
import { UP } from "../../pool/dedicated.js";
import { agentTable } from "../../sync/agents.js";
import { becomeInterpreter } from "../../sync/queue-origin.js";
import { asCall, watchCalls } from "../../worker/current-call.js";
import { callOnce } from "../../worker/plain-call.js";
import { postMoving } from "../../worker/post.js";
import { sendable } from "../../worker/result.js";
import { flushed } from "../../worker/stderr.js";
import { allowMoves } from "../../worker/transfer.js";
import { becomeSelf, labelOf } from "../identity.js";
import { setGlobals } from "../inside/globals.js";
import { defineImport } from "../inside/imports.js";
import { forgetConsole } from "../inside/session.js";
import { failureOfSource, runSource, urlOf } from "../inside/source.js";
import { UntilOver } from "../inside/until-over.js";
import {
  type InterpreterCall,
  type InterpreterReply,
  type InterpreterStart,
  type InterpreterTask,
  OVER,
  Refusal,
} from "../wire.js";

const { memory, port, stop, name: given } = workerData as InterpreterStart;
adoptMemory(memory);
watchCalls("goes on");
allowMoves();
agentTable(); // other threads see by it whether this one lives
becomeInterpreter();
const { name } = becomeSelf(given);

const label = labelOf(name);
/** Taken at load: sources may replace them. */
const { stdout, stderr } = kept.process;
const postMessage: (reply: InterpreterReply | typeof OVER) => void = port.postMessage.bind(port);
const untilOver = new UntilOver(port, () => postMessage(OVER));
const BROKEN = "can't answer, since a source has changed what that takes";

function work(call: InterpreterCall): unknown {
  switch (call.kind) {
    case "exec":
      return runSource(call.source, urlOf(name, call.number));
    case "call":
      return callOnce(call.job, { scratch: 0 }, sendable);
    case "prepareMain":
      return setGlobals(call.values);
  }
}

function labelOfCall(call: InterpreterCall): string {
  if (call.kind === "call") return `${call.job.kernel.label} in ${label}`;
  return call.kind === "exec" ? `exec ${call.number} of ${label}` : label;
}

async function serve({ ticket, call }: InterpreterTask): Promise<InterpreterReply> {
  const kernel = { ...(call.kind === "call" && call.job.kernel), language: "js", label: labelOfCall(call) } as const;
  const describe = call.kind === "exec" ? failureOfSource : failureOf;
  try {
    const isStopped = () => kept.Atomics.load(stop, 0) === ticket;
    const { result: value, left } = await asCall(kernel, isStopped, () => untilOver.run(() => work(call)));
    return left ? { failure: describe(kernel, left) } : { value };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { refusal: { type: thrown.type, message: thrown.message } };
    return { failure: describe(kernel, thrown) };
  }
}

function textOf(error: unknown): WireThrown {
  return { thrown: "value", name: "string", message: (error as Partial<Error> | undefined)?.message ?? "no error" };
}

function post(reply: InterpreterReply, call: InterpreterCall): void {
  try {
    postMoving(port, reply, ({ value, ...rest }) => ({ ...rest, value: alone(value) }));
  } catch (error) {
    const failure = failureOf({ label: labelOfCall(call) }, new KernelFault(NOT_SENT, error));
    postMessage({ failure });
  }
}

port.on("message", async (task: InterpreterTask) => {
  try {
    const reply = await serve(task);
    // What was printed comes before the reply.
    await flushed(stdout);
    await flushed(stderr);
    post(untilOver.isRunning ? { ...reply, goesOn: true } : reply, task.call);
    untilOver.watch();
    forgetConsole();
  } catch (error) {
    // A source may change what this code needs: its caller must not wait for ever.
    postMessage({ failure: { kernel: label, what: BROKEN, cause: textOf(error) } });
  }
});
port.on("messageerror", (error) => {
  const failure = failureOf({ label }, new KernelFault("could not read the arguments of a call", error));
  postMessage({ failure });
});
await defineImport();
port.postMessage(UP);
