/** The gate: what is the same, what is not, and what can't be told. */
import { type Check, compare, OwnTime } from "allcores/bench";
import { describe, expect, it } from "vitest";
import { type Gate, passGate } from "../../dist/bench/gate.js";

const LIMIT = { timeout: 10_000 };

const gate = (
  a: () => unknown,
  b: () => unknown,
  check: Check<never> = "equal",
  output?: () => unknown,
): Promise<Gate> => passGate({ a, b }, { check, output }, undefined);

async function verdict(...args: Parameters<typeof gate>): Promise<string> {
  const { wrong } = await gate(...args);
  return wrong.map(({ name, why }) => `${name}: ${why}`).join("; ");
}

describe("return values", () => {
  it.each([
    ["numbers", 0.1 + 0.2, 0.1 + 0.2],
    ["NaN", Number.NaN, Number.NaN],
    ["bigints", 2n ** 70n, 2n ** 70n],
    ["strings", "a", "a"],
    ["null", null, null],
    ["typed arrays", Float64Array.of(1, Number.NaN, -0), Float64Array.of(1, Number.NaN, -0)],
    ["views on shared memory", new Int32Array(new SharedArrayBuffer(8)), new Int32Array(2)],
    ["big typed arrays", BigInt64Array.of(-1n), BigInt64Array.of(-1n)],
    ["buffers", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2).buffer],
    ["plain objects", { hits: 1, of: { data: [1, 2n] } }, { of: { data: [1, 2n] }, hits: 1 }],
    ["own times", new OwnTime(3, 42), 42],
  ])("%s: equal", LIMIT, async (_, a, b) => {
    expect(
      await verdict(
        () => a,
        () => b,
      ),
    ).toBe("");
    expect(
      await verdict(
        () => Promise.resolve(a),
        () => b,
      ),
    ).toBe("");
  });

  it.each([
    ["an ulp", 0.3, 0.1 + 0.2, "0.30000000000000004, not 0.3"],
    ["the sign of zero", 0, -0, "-0, not 0"],
    ["a bigint", 1n, 2n, "2n, not 1n"],
    ["a number and a bigint", 1, 1n, "1n, not 1"],
    ["one element", Float32Array.of(1, 2, 3), Float32Array.of(1, 2.5, 3), "[1] is 2.5, not 2"],
    ["a zero's sign in an array", Float64Array.of(0), Float64Array.of(-0), "[0] is -0, not 0"],
    ["another kind of array", Int32Array.of(1), Float64Array.of(1), "Float64Array(1), not Int32Array(1)"],
    ["a length", [1, 2], [1, 2, 3], "an array of 3, not an array of 2"],
    ["a bit of a buffer", Uint8Array.of(4, 8).buffer, Uint8Array.of(4, 9).buffer, "[1] is 9, not 8"],
    ["a deep one", { of: { data: [1, 2] } }, { of: { data: [1, 3] } }, ".of.data[1] is 3, not 2"],
    ["a missing property", { a: 1, b: 2 }, { a: 1 }, ".b is missing"],
    ["one too many", { a: 1 }, { a: 1, b: 2 }, ".b is 2, where there should be none"],
    ["null", { a: 1 }, null, "null, not an object (Object)"],
  ])("%s: different", LIMIT, async (_, a, b, why) => {
    expect(
      await verdict(
        () => a,
        () => b,
      ),
    ).toBe(`b: ${why}`);
  });

  it("are copied: the next case may write into the same memory", LIMIT, async () => {
    const shared = new Int32Array(new SharedArrayBuffer(12));
    const fill = (value: number) => () => ({ data: shared.fill(value) });
    expect(await verdict(fill(1), fill(1))).toBe("");
    expect(await verdict(fill(1), fill(2))).toBe("b: .data[0] is 2, not 1");
  });

  it("undefined, without output, is a TypeError that names the case", LIMIT, async () => {
    const [one, nothing] = [() => 1, async () => {}];
    const message = (name: string) => new RegExp(`^cases\\.${name} must return its result, got undefined; or`);
    await expect(gate(nothing, one)).rejects.toThrow(TypeError);
    await expect(gate(nothing, one)).rejects.toThrow(message("a"));
    await expect(gate(one, nothing)).rejects.toThrow(message("b"));
  });
});

describe("output", () => {
  const out = new Float64Array(new SharedArrayBuffer(4096 * 8));
  const squares = () => {
    for (let i = 0; i < out.length; i++) out[i] = i * i;
  };
  /** The same, but for the lowest bit of one element. */
  const oneBitOff = async () => {
    squares();
    const bits = new BigUint64Array(out.buffer);
    bits[4095] = (bits[4095] as bigint) ^ 1n;
  };

  it("catches a kernel that is off by one bit", LIMIT, async () => {
    expect(
      await verdict(
        squares,
        async () => squares(),
        "equal",
        () => out,
      ),
    ).toBe("");
    expect(await verdict(squares, oneBitOff, "equal", () => out)).toBe(
      `b: [4095] is ${4095 ** 2 + 2 ** -29}, not ${4095 ** 2}`,
    );
  });

  it("catches a case that writes nothing", LIMIT, async () => {
    expect(
      await verdict(
        squares,
        () => {},
        "equal",
        () => out,
      ),
    ).toBe("b: [1] is 0, not 1");
    // The first one wrote nothing: the others differ from that, and it is told why.
    expect(
      await verdict(
        () => {},
        squares,
        "equal",
        () => out,
      ),
    ).toBe("b: [1] is 1, not 0; a: it writes nothing into output()");
  });

  it("tells zeros that were written from those that were there", LIMIT, async () => {
    const zeros = () => void out.fill(0);
    expect(await verdict(zeros, zeros, "equal", () => out)).toBe("");
    expect(
      await verdict(
        zeros,
        () => {},
        "equal",
        () => out,
      ),
    ).toBe("b: it writes nothing into output()");
    expect(
      await verdict(
        () => {},
        () => {},
        "equal",
        () => out,
      ),
    ).toMatch(/^a: it writes nothing.*b: it writes nothing/);
    expect(
      await verdict(
        () => {},
        () => {},
        "equal",
        () => new Int8Array(0),
      ),
    ).toBe("");
  });

  it("catches a case that leaves a part as it was, where zeros are right", LIMIT, async () => {
    const whole = () => {
      out.fill(0);
      out[0] = 1;
    };
    const part = () => {
      out[0] = 1;
    };
    expect(await verdict(whole, part, "equal", () => out)).toBe("b: [1] is 1, not 0");
    // What adds to its output gives another sum over another filling, as the first one does.
    const adds = () => void out.set(out.map((value, i) => value + i));
    expect(
      await verdict(
        adds,
        async () => adds(),
        "equal",
        () => out,
      ),
    ).toBe("");
  });

  it.each([
    ["several arrays", () => ({ hits: new Int32Array(2), more: [new BigUint64Array(1), new ArrayBuffer(8)] })],
    ["an array of numbers", () => [1, 2, 3n]],
    ["an object of numbers", () => ({ hits: 0, sum: 0n })],
  ])("may be %s", LIMIT, async (_, make) => {
    const output = make() as Record<string, unknown>;
    const key = Object.keys(output)[0] as string;
    const write = () => {
      const value = output[key];
      if (typeof value === "number") output[key] = 7;
      else (value as Int32Array).fill(7);
    };
    expect(await verdict(write, write, "equal", () => output)).toBe("");
    expect(
      await verdict(
        write,
        () => {},
        "equal",
        () => output,
      ),
    ).toMatch(/^b: .* is (0|Int32Array\(2\)), not/);
  });

  it.each([[5], [undefined], ["text"], [new Map()], [{ data: "text" }]])(
    "%s can't be cleared",
    LIMIT,
    async (output) => {
      const one = () => 1;
      const refused = gate(one, one, "equal", () => output);
      await expect(refused).rejects.toThrow(TypeError);
      await expect(refused).rejects.toThrow(/^output\(\) must give a typed array/);
    },
  );
});

describe("values of classes", () => {
  it("maps and sets are copied before the next case changes them", LIMIT, async () => {
    const shared = new Map<string, number>();
    const sets = (value: number) => () => shared.set("a", value);
    expect(await verdict(sets(1), sets(1))).toBe("");
    expect(await verdict(sets(1), sets(2))).toMatch(/^b: an object \(Map\), not an object \(Map\)/);
  });

  it("an object that can't be copied is refused when it comes again", LIMIT, async () => {
    class Counter {
      value = 0;
    }
    const shared = new Counter();
    const sets = (value: number) => () => Object.assign(shared, { value });
    await expect(verdict(sets(1), sets(2))).rejects.toThrow(
      new TypeError("cases.b returns the same object as the first case, an object (Counter): return a new one"),
    );
  });
});

describe("check", () => {
  it("a tolerance: absolute, in the values' unit", LIMIT, async () => {
    const check = { tolerance: 3, reason: "other points" };
    expect(
      await verdict(
        () => ({ hits: 100 }),
        () => ({ hits: 103 }),
        check,
      ),
    ).toBe("");
    expect(
      await verdict(
        () => ({ hits: 100 }),
        () => ({ hits: 104 }),
        check,
      ),
    ).toBe("b: .hits is 104, not 100");
    expect(
      await verdict(
        () => 100n,
        () => 97n,
        check,
      ),
    ).toBe("");
    expect(
      await verdict(
        () => 100n,
        () => 96n,
        check,
      ),
    ).toBe("b: 96n, not 100n");
    expect(
      await verdict(
        () => Float32Array.of(1, 0),
        () => Float32Array.of(1, Number.NaN),
        check,
      ),
    ).toBe("b: [1] is NaN, not 0");
    expect(
      await verdict(
        () => Number.POSITIVE_INFINITY,
        () => Number.POSITIVE_INFINITY,
        check,
      ),
    ).toBe("");
    expect(
      await verdict(
        () => "1",
        () => "2",
        check,
      ),
    ).toBe('b: "2", not "1"');
  });

  it("a function: both outcomes, the first case's first", LIMIT, async () => {
    const seen: unknown[] = [];
    const check = (a: number, b: number) => {
      seen.push([a, b]);
      return b > a;
    };
    expect(
      await verdict(
        () => 1,
        () => 2,
        check,
      ),
    ).toBe("");
    expect(
      await verdict(
        () => 2,
        () => 1,
        check,
      ),
    ).toBe("b: check does not accept it: 1 beside 2");
    expect(seen).toEqual([
      [1, 2],
      [2, 1],
    ]);
    await expect(
      gate(
        () => 1,
        () => 1,
        (() => 1) as never,
      ),
    ).rejects.toThrow(/^check must return true or false, got 1/);
  });
});

it("wrong cases get no times, and right ones beside them neither", LIMIT, async () => {
  const calls = { right: 0, wrong: 0 };
  const report = await compare({
    name: "off by one",
    cases: { js: () => 41, right: () => 41 + 0 * calls.right++, wrong: () => 42 + 0 * calls.wrong++ },
    check: "equal",
  });
  expect(report).toMatchObject({
    state: "wrong",
    name: "off by one",
    why: "beside js: wrong: 42, not 41",
    wrong: [{ name: "wrong", why: "42, not 41" }],
  });
  for (const key of ["cases", "ratio", "ratios", "noise"]) expect(report).not.toHaveProperty(key);
  expect(calls).toEqual({ right: 1, wrong: 1 });
});

describe("digests", () => {
  const out = Int32Array.of(0, 0, 0);
  const output = () => out;
  const digest = (array: Int32Array) => array.join();
  const writes =
    (...values: number[]) =>
    () =>
      out.set(values);
  const brings = (text: string) => () => new OwnTime(1, text);
  const wrongOf = async (cases: Record<string, () => unknown>): Promise<string> => {
    const { wrong } = await passGate(cases, { check: "equal", output, digest }, undefined);
    return wrong.map(({ name, why }) => `${name}: ${why}`).join("; ");
  };

  it("stand for the output of cases that can't write into it, the first one's too", LIMIT, async () => {
    expect(await wrongOf({ a: writes(1, 2, 3), b: brings("1,2,3"), c: writes(1, 2, 3) })).toBe("");
    expect(await wrongOf({ a: brings("1,2,3"), b: brings("1,2,3"), c: writes(1, 2, 3) })).toBe("");
  });

  it("tell what is different", LIMIT, async () => {
    expect(await wrongOf({ a: writes(1, 2, 3), b: brings("1,2,4"), c: writes(1, 2, 5) })).toBe(
      'b: "1,2,4", not "1,2,3"; c: [2] is 5, not 3',
    );
    expect(await wrongOf({ a: brings("1,2,3"), b: writes(1, 2, 4), c: () => {} })).toBe(
      'b: "1,2,4", not "1,2,3"; c: "0,0,0", not "1,2,3"',
    );
    expect(await wrongOf({ a: brings("0,0,0"), b: () => {} })).toBe("b: it writes nothing into output()");
  });

  it("must be brought, and need an output", LIMIT, async () => {
    const cases = { a: writes(1, 2, 3), b: () => new OwnTime(1, undefined) };
    await expect(wrongOf(cases)).rejects.toThrow(/^cases\.b must return its result, got undefined/);
    await expect(
      compare({ name: "a", cases: { a: () => 1, b: () => 1 }, check: "equal", digest: String }),
    ).rejects.toThrow(new TypeError("digest must come with output, whose digest it is"));
  });
});
