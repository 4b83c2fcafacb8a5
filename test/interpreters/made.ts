/** Interpreters of the tests, which end with them. */
import { type AnyFunction, jsKernel, type Kernel, type Untyped } from "allcores";
import { Interpreter } from "allcores/interpreters";
import { expect, onTestFinished } from "vitest";

/** An export of fixtures/interpreters.mjs. */
export function js<F extends AnyFunction = Untyped>(name: string): Kernel<F> {
  return jsKernel<F>(new URL("../fixtures/interpreters.mjs", import.meta.url), name);
}

export const readGlobal = js<(name: string) => unknown>("readGlobal");

/** An interpreter for one test. */
export async function make(name?: string): Promise<Interpreter> {
  const interpreter = await Interpreter.create({ name });
  onTestFinished(() => interpreter.close({ cancel: true }));
  return interpreter;
}

/** The value of an expression at the top level of an interpreter. */
export async function valueIn(interpreter: Interpreter, expression: string): Promise<unknown> {
  await interpreter.exec(`globalThis.seen = ${expression}`);
  return interpreter.call(readGlobal, ["seen"]);
}

/** What a call rejects with. */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => expect.unreachable("it should reject"),
    (error: Error) => error,
  );
}
