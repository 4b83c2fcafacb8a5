/** What a wrong argument gets: an error of the right class that begins with the argument's name. */
import { expect } from "vitest";

type ErrorClass = new (message: string) => Error;

/**
 * Expects a call, or what it returns, to be refused.
 * @param what the argument's name, as `samples` or `region.re`: the rest of the text is free; or the text that is promised
 */
export async function refuses(call: () => unknown, Type: ErrorClass, what: string | RegExp): Promise<void> {
  const error = await settled(call);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).constructor).toBe(Type);
  const { message } = error as Error;
  expect(message).toMatch(typeof what === "string" ? naming(what) : what);
}

async function settled(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The name first, or after the function's: `heap.free: array ...`. */
function naming(argument: string): RegExp {
  return new RegExp(`^(?:[\\w.]+: )?${argument.replaceAll(/[.*[\]]/g, "\\$&")}(?![\\w.[])`);
}
