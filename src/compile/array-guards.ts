/**
 * The checks of a checked build where they are made: two comparisons in the kernel's own code, and a call of the library's
 * check (assembly/library/bounds.ts) only where one of them fails. With calls in place of them, checked kernels take 1.5 to 13 times as long.
 */
import type { FlowFunction } from "./array-code.js";
import type { Kind } from "./array-kernels.js";
import type { ArrayShadows } from "./array-shadows.js";
import type { Binaryen, BinaryenModule } from "./asc.js";

/** Makes an expression anew each time: none may be at two places. */
type Make = () => number;

interface Address {
  readonly fn: FlowFunction;
  /** Sets what the address is computed from. */
  readonly before: readonly number[];
  /** As an i64, which does not wrap. */
  readonly exact: Make;
  /** As an i32. */
  readonly value: Make;
  /** How many bytes are there; 0: the address may be the array's end. */
  readonly bytes: number;
  /** What it has to be in. */
  readonly within: readonly [from: Make, to: Make];
  /** Judges it in detail, and fails if it is outside. */
  readonly refuse: Make;
}

export class ArrayGuards {
  constructor(
    private readonly binaryen: Binaryen,
    private readonly module: BinaryenModule,
    private readonly shadows: ArrayShadows,
  ) {}

  /** An address that comes from an array, with a check of what is there. */
  guard({ fn, before, exact, value, bytes, within, refuse }: Address): number {
    const { binaryen, module } = this;
    const { i32, i64, local } = module;
    const offset = this.shadows.local(fn, binaryen.i64);
    const length = this.shadows.local(fn, binaryen.i64);
    const [from, to] = within;
    const get = (index: number) => local.get(index, binaryen.i64);
    const isOutside =
      bytes === 0
        ? i64.gt_u(get(offset), get(length))
        : i32.or(
            i64.ge_u(get(offset), get(length)),
            i64.lt_u(i64.sub(get(length), get(offset)), i64.extend_u(i32.const(bytes))),
          );
    const statements = [
      ...before,
      local.set(offset, i64.sub(exact(), i64.extend_u(from()))),
      local.set(length, i64.sub(i64.extend_u(to()), i64.extend_u(from()))),
      module.if(isOutside, module.drop(refuse())),
    ];
    return module.block(null, [...statements, value()], binaryen.i32);
  }

  /**
   * The address of an element: of checkedElement or checkedAt.
   * @param operands those of the call that the library makes
   * @param site the place
   * @returns undefined where the size of an element is not known
   */
  element(
    fn: FlowFunction,
    name: string,
    operands: readonly number[],
    known: { readonly array: readonly number[]; readonly takes: readonly Kind[]; readonly get: (kind: Kind) => number },
    site: Make,
  ): number | undefined {
    const { binaryen, module, shadows } = this;
    const { i32, i64, local } = module;
    const [pointer, index, shift, isStore] = operands as [number, number, number, number | undefined];
    const constants = [shift, isStore].map((one) => (one === undefined ? 0 : this.#constant(one)));
    const [bits, stores] = constants;
    if (bits === undefined || stores === undefined) return undefined;
    const [p, i] = [shadows.local(fn, binaryen.i32), shadows.local(fn, binaryen.i32)];
    const get = (one: number) => local.get(one, binaryen.i32);
    const given = [
      () => get(p),
      () => get(i),
      () => i32.const(bits),
      ...(isStore === undefined ? [] : [() => i32.const(stores)]),
    ];
    const limits: readonly [Kind, Kind] = stores === 1 ? ["from", "to"] : ["start", "end"];
    return this.guard({
      fn,
      before: [local.set(p, shadows.follow(fn, pointer, known.array)), local.set(i, index)],
      exact: () => i64.add(i64.extend_u(get(p)), i64.shl(i64.extend_s(get(i)), i64.extend_u(i32.const(bits)))),
      value: () => i32.add(get(p), i32.shl(get(i), i32.const(bits))),
      bytes: isStore === undefined ? 0 : 1 << bits,
      within: [() => known.get(limits[0]), () => known.get(limits[1])],
      refuse: () =>
        module.call(name, [...given.map((make) => make()), ...known.takes.map(known.get), site()], binaryen.i32),
    });
  }

  #constant(expression: number): number | undefined {
    const { id, value } = this.binaryen.getExpressionInfo(expression);
    return id === this.binaryen.ConstId && typeof value === "number" ? value : undefined;
  }
}
