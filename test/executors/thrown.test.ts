/** What a kernel throws arrives whole: class, message, stack, causes and properties, each by itself. */
import { jsKernel } from "allcores";
import { describe, expect, it } from "vitest";
import { executors, shared } from "./all.js";

const url = new URL("../fixtures/messages.mjs", import.meta.url);

describe.each(executors)("$kind", (row) => {
  const executor = shared(row);

  async function causeOf(name: string): Promise<{ message: string; cause: Error & Record<string, never> }> {
    return executor.it.submit(jsKernel(url, name)).then(
      () => expect.unreachable("it should reject"),
      (error) => error,
    ) as never;
  }

  it("the errors of an AggregateError", async () => {
    const { cause } = await causeOf("aggregate");
    expect(cause).toBeInstanceOf(AggregateError);
    const { errors } = cause as unknown as AggregateError;
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatchObject({ name: "Error", message: "first" });
    expect(errors[1]).toBeInstanceOf(TypeError);
    expect(errors[1].stack).toMatch(/^TypeError: second\n.*messages\.mjs/);
    expect(Object.keys(cause)).not.toContain("errors");
  });

  it("errors within errors, their causes and properties", async () => {
    const { cause } = await causeOf("nestedAggregate");
    expect(cause).toMatchObject({ message: "outer", code: "ERR_MANY" });
    expect(cause.cause).toBeInstanceOf(SyntaxError);
    const [inner] = (cause as unknown as AggregateError).errors;
    expect(inner).toBeInstanceOf(AggregateError);
    expect(inner.errors[0]).toBeInstanceOf(RangeError);
    expect(inner.errors).toMatchObject([{ message: "inmost" }, "a text"].slice(0, 1).concat(["a text"]));
  });

  it("the name and code of a DOMException", async () => {
    const { cause, message } = await causeOf("domException");
    expect(cause).toBeInstanceOf(DOMException);
    expect([cause.name, cause.message, cause.code]).toEqual(["QuotaExceededError", "too large", 22]);
    expect(message).toMatch(/failed: QuotaExceededError: too large$/);
  });

  it.each(["suppressed", ...("SuppressedError" in globalThis ? ["realSuppressed"] : [])])(
    "what a %s error hides",
    async (name) => {
      const { cause } = await causeOf(name);
      expect(cause.message).toBe("while closing");
      expect(cause.error).toBeInstanceOf(TypeError);
      expect(cause.suppressed).toBeInstanceOf(RangeError);
      expect([(cause.error as unknown as Error).message, (cause.suppressed as unknown as Error).message]).toEqual([
        "later",
        "earlier",
      ]);
    },
  );

  it("all but a property whose getter throws", async () => {
    const { cause, message } = await causeOf("getterThrows");
    expect(cause).toBeInstanceOf(TypeError);
    expect(cause).toMatchObject({ message: "the real reason", code: "ERR_REAL" });
    expect(cause.stack).toMatch(/getterThrows.*messages\.mjs/);
    expect(message).toMatch(/TypeError: the real reason \(left out, since it can't be sent: response\)$/);
  });

  it("what can be read of an error whose message can't", async () => {
    const { cause } = await causeOf("badMessage");
    expect(cause).toBeInstanceOf(TypeError);
    expect([cause.message, cause.stack]).toEqual(["", "TypeError: "]);
  });

  it("the nearest class of the language, with the name of its own", async () => {
    const { cause } = await causeOf("subclass");
    expect(cause).toBeInstanceOf(RangeError);
    expect(cause).toMatchObject({ name: "NotFound", message: "no such item", status: 404 });
  });

  it("errors of WebAssembly", async () => {
    expect((await causeOf("wasmError")).cause).toBeInstanceOf(WebAssembly.CompileError);
  });

  it("an error that is its own cause, some times over", async () => {
    let depth = 0;
    for (let error: unknown = (await causeOf("ownCause")).cause; error; error = (error as Error).cause) depth++;
    expect(depth).toBe(9);
  });

  it("an error that holds itself twenty times, so far as there is room", async () => {
    const { cause } = await causeOf("holdsItself");
    expect((cause as unknown as AggregateError).errors[0]).toBeInstanceOf(AggregateError);
  });

  it("a value that can't even be shown", async () => {
    expect((await causeOf("revoked")).message).toMatch(/failed: it threw a value that can't be shown$/);
  });
});
