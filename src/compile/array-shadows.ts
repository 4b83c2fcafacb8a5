/**
 * The shadows of local variables (array-flow.ts): which ones need some, and how these get their values. An expression has one
 * user, so each is changed once.
 */
import { PART_OF } from "../memory/outside.js";
import type { ArrayCode, FlowFunction } from "./array-code.js";
import { type Kind, type NamedArray, resultName } from "./array-kernels.js";
import { type ArrayValues, BOUNDS, CHECKED_AT, PART, SCRATCH } from "./array-values.js";
import type { Binaryen, BinaryenModule } from "./asc.js";

export class ArrayShadows {
  /** By function and local. */
  readonly #locals = new Map<FlowFunction, Map<number, readonly number[]>>();
  /** Of the arrays that checks are about, by call. */
  readonly #checkShadows = new Map<number, readonly number[]>();
  /** Functions whose result has shadows. */
  readonly results = new Set<string>();

  /**
   * @param kinds what a local has shadows for
   * @param number numbers an array
   */
  constructor(
    private readonly binaryen: Binaryen,
    private readonly module: BinaryenModule,
    private readonly code: ArrayCode,
    private readonly values: ArrayValues,
    private readonly kinds: readonly Kind[],
    private readonly number: (array: NamedArray) => number,
  ) {}

  /** Those of a function's locals. */
  of(fn: FlowFunction): ReadonlyMap<number, readonly number[]> {
    return this.#locals.get(fn) ?? new Map();
  }

  /** Gives shadows to all locals and results that an array may come from. */
  need(fn: FlowFunction, expression: number): void {
    const { binaryen } = this;
    if (!this.values.isArray(fn, expression)) return;
    const info = this.code.info(expression);
    if (info.id === binaryen.LocalGetId) this.#needLocal(fn, info.index as number);
    else if (info.id === binaryen.LocalSetId) this.#needLocal(fn, info.index as number);
    else if (info.id === binaryen.BinaryId) this.need(fn, this.values.sideOf(fn, info) as number);
    else if (info.id === binaryen.CallId) this.#needCall(fn, info);
    else for (const one of this.values.ways(fn, expression)) this.need(fn, one);
  }

  #needCall(
    fn: FlowFunction,
    { target, operands = [] }: { target?: string | number; operands?: readonly number[] },
  ): void {
    const callee = this.code.functions.get(target as string);
    if (target === SCRATCH || !callee) return;
    if (callee.name.startsWith(BOUNDS)) this.need(fn, operands[0] as number);
    else if (!this.results.has(callee.name)) {
      this.results.add(callee.name);
      for (const result of this.values.resultsOf(callee)) this.need(callee, result);
    }
  }

  #needLocal(fn: FlowFunction, index: number): void {
    const all = this.#locals.get(fn) ?? new Map<number, readonly number[]>();
    this.#locals.set(fn, all);
    if (all.has(index)) return;
    all.set(index, this.fresh(fn));
    for (const set of fn.sets.get(index) ?? []) this.need(fn, this.code.info(set).value as number);
    if (index >= fn.params.length) return;
    for (const { caller, expression } of this.code.callersOf(fn.name))
      this.need(caller, this.code.info(expression).operands?.[index] as number);
  }

  fresh(fn: FlowFunction): number[] {
    return this.kinds.map(() => this.local(fn, this.binaryen.i32));
  }

  local({ reference }: FlowFunction, type: number): number {
    return this.binaryen._BinaryenFunctionAddVar(reference, type);
  }

  /** What array-flow.ts puts in place of a call of checkedAt. */
  checkOf: (fn: FlowFunction, call: number) => number = (_, call) => call;

  /** An expression, and statements once it has its value. */
  after(fn: FlowFunction, expression: number, statements: (value: number) => number[]): number {
    const type = this.binaryen.getExpressionType(expression);
    if (type === this.binaryen.unreachable || type === this.binaryen.none) return expression;
    const value = this.local(fn, type);
    const { local } = this.module;
    const all = [local.set(value, expression), ...statements(value), local.get(value, type)];
    return this.module.block(null, all, type);
  }

  ofCheck(fn: FlowFunction, call: number): readonly number[] {
    const shadows = this.#checkShadows.get(call) ?? this.fresh(fn);
    this.#checkShadows.set(call, shadows);
    return shadows;
  }

  /** An expression of the same value that sets shadows, too. */
  follow(fn: FlowFunction, expression: number, sinks: readonly number[]): number {
    const { binaryen, module } = this;
    const info = this.code.info(expression);
    if (info.type === binaryen.unreachable || info.type === binaryen.none) return expression;
    const set = (values: (kind: Kind, k: number) => number) =>
      sinks.map((sink, k) => module.local.set(sink, values(this.kinds[k] as Kind, k)));
    if (!this.values.isArray(fn, expression))
      return module.block(null, [...set(() => module.i32.const(0)), expression], info.type);
    if (info.id === binaryen.LocalGetId || info.id === binaryen.LocalSetId) {
      const shadows = this.#locals.get(fn)?.get(info.index as number) as readonly number[];
      return this.after(fn, expression, () => set((_, k) => module.local.get(shadows[k] as number, binaryen.i32)));
    }
    if (info.id === binaryen.BinaryId) {
      const side = this.values.sideOf(fn, info) as number;
      const followed = this.follow(fn, side, sinks);
      if (side === info.left) binaryen.Binary.setLeft(expression, followed);
      else binaryen.Binary.setRight(expression, followed);
      return expression;
    }
    if (info.id === binaryen.CallId) return this.#followCall(fn, expression, sinks, set);
    if (info.id === binaryen.LoopId) binaryen.Loop.setBody(expression, this.follow(fn, info.body as number, sinks));
    else if (info.id === binaryen.IfId) {
      binaryen.If.setIfTrue(expression, this.follow(fn, info.ifTrue as number, sinks));
      binaryen.If.setIfFalse(expression, this.follow(fn, info.ifFalse as number, sinks));
    } else {
      for (const one of (info.name ? fn.breaks.get(info.name) : undefined) ?? [])
        binaryen.Break.setValue(one, this.follow(fn, this.code.info(one).value as number, sinks));
      const children = info.children as readonly number[];
      const last = children.length - 1;
      binaryen.Block.setChildAt(expression, last, this.follow(fn, children[last] as number, sinks));
    }
    return expression;
  }

  #followCall(
    fn: FlowFunction,
    call: number,
    sinks: readonly number[],
    set: (values: (kind: Kind, k: number) => number) => number[],
  ): number {
    const { binaryen, module } = this;
    const { i32, local } = module;
    const { target, operands = [] } = this.code.info(call);
    const name = target as string;
    const get = (index: number) => local.get(index, binaryen.i32);
    if (name === CHECKED_AT) {
      const shadows = this.ofCheck(fn, call);
      return this.after(fn, this.checkOf(fn, call), () => set((_, k) => get(shadows[k] as number)));
    }
    if (name !== SCRATCH && name !== PART)
      return this.after(fn, call, () => set((kind) => module.global.get(resultName(kind), binaryen.i32)));
    const bytes = this.local(fn, binaryen.i32);
    const size = name === PART ? 1 : 0;
    binaryen.Call.setOperandAt(call, size, local.tee(bytes, operands[size] as number, binaryen.i32));
    if (name === SCRATCH) return this.#made(fn, call, bytes, set);
    binaryen.Call.setOperandAt(call, 0, this.follow(fn, operands[0] as number, sinks));
    const greater = (a: () => number, b: () => number) => module.select(i32.gt_u(a(), b()), a(), b());
    const sink = (kind: Kind) => get(sinks[this.kinds.indexOf(kind)] as number);
    return this.after(fn, call, (value) =>
      set((kind) => {
        if (kind === "start") return get(value);
        if (kind === "end") return i32.add(get(value), get(bytes));
        if (kind === "width") return sink(kind);
        if (kind === "from")
          return greater(
            () => sink("from"),
            () => get(value),
          );
        if (kind === "to") {
          const end = () => i32.add(get(value), get(bytes));
          const least = () => module.select(i32.lt_u(sink("to"), end()), sink("to"), end());
          return greater(() => sink("from"), least);
        }
        return i32.or(sink("array"), i32.mul(i32.ne(sink("array"), i32.const(0)), i32.const(PART_OF)));
      }),
    );
  }

  /** Memory of scratch(length), all of which is the call's. */
  #made(fn: FlowFunction, call: number, bytes: number, set: (values: (kind: Kind) => number) => number[]): number {
    const { i32, local } = this.module;
    const get = (index: number) => local.get(index, this.binaryen.i32);
    const number = this.number(scratchOf(fn.name));
    return this.after(fn, call, (value) =>
      set((kind) => {
        if (kind === "array" || kind === "width") return i32.const(kind === "array" ? number : 0);
        return kind === "start" || kind === "from" ? get(value) : i32.add(get(value), get(bytes));
      }),
    );
  }
}

/** What messages call the array that an instance of scratch makes, such as library/scratch/scratch<f64>. */
function scratchOf(instance: string): NamedArray {
  const type = /<(\w+)>$/.exec(instance)?.[1] ?? "u8";
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 8);
  return { name: `scratch<${type}>`, bytes: bits / 8 };
}
