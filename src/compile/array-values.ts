/**
 * Which values of a program may be addresses of arrays, found by repeating until nothing new is found. A value is that of
 * an array, of something else, both (a local that is set twice), or neither (one that is never set).
 */

import type { ArrayCode, FlowFunction } from "./array-code.js";
import type { Binaryen } from "./asc.js";
import type { EntryKernel } from "./entry-kernels.js";

/** The functions of assembly/library/bounds.ts begin so. */
export const BOUNDS = "~lib/allcores/assembly/library/bounds/";
export const PART = `${BOUNDS}part`;
export const CHECKED_AT = `${BOUNDS}checkedAt`;
export const SCRATCH = "~lib/rt/stub/__arena_scratch";

export const [ARRAY, OTHER] = [1, 2] as const;

export class ArrayValues {
  readonly #locals = new Map<FlowFunction, Map<number, number>>();
  readonly #results = new Map<string, number>();
  /** Of this round; in the end, of all expressions as they were before the code is changed. */
  readonly #known = new Map<number, number>();
  #mask: number = ARRAY;

  constructor(
    private readonly binaryen: Binaryen,
    private readonly code: ArrayCode,
    kernels: ReadonlyMap<string, EntryKernel>,
  ) {
    for (const fn of code.functions.values()) {
      const { arrays } = kernels.get(fn.name) ?? {};
      const isOpen = code.indirect.has(fn.name);
      const given = fn.params.map((_, i) => (arrays ? (arrays.has(i) ? ARRAY : OTHER) : 0) | (isOpen ? OTHER : 0));
      this.#locals.set(fn, new Map(given.map((bits, i) => [i, bits])));
    }
    while (this.#learn());
    this.#mask = ARRAY | OTHER; // which side of a sum is the pointer has to be known before the other side counts
    while (this.#learn());
  }

  /** @returns whether it has found something new */
  #learn(): boolean {
    let isNew = false;
    this.#known.clear();
    const add = <K>(all: Map<K, number>, key: K, bits: number) => {
      const before = all.get(key) ?? 0;
      if ((before | bits) === before) return;
      all.set(key, before | bits);
      isNew = true;
    };
    for (const fn of this.code.functions.values()) {
      const locals = this.#locals.get(fn) as Map<number, number>;
      for (const [index, sets] of fn.sets)
        for (const set of sets) add(locals, index, this.of(fn, this.code.info(set).value as number));
      for (const result of this.resultsOf(fn)) add(this.#results, fn.name, this.of(fn, result));
      for (const { caller, expression } of this.code.callersOf(fn.name))
        this.code.info(expression).operands?.forEach((operand, i) => {
          add(locals, i, this.of(caller, operand));
        });
    }
    return isNew;
  }

  /** The expressions whose value a function returns, where that may be an address. */
  resultsOf({ returns, body, results }: FlowFunction): number[] {
    if (results !== this.binaryen.i32 || body === 0) return [];
    return [...returns.map((one) => this.code.info(one).value as number), body];
  }

  /** What an expression may be: ARRAY, OTHER, both or neither. */
  of(fn: FlowFunction, expression: number): number {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    const found = this.#judge(fn, expression) & this.#mask;
    this.#known.set(expression, found);
    return found;
  }

  isArray(fn: FlowFunction, expression: number): boolean {
    return (this.of(fn, expression) & ARRAY) !== 0;
  }

  #judge(fn: FlowFunction, expression: number): number {
    const { binaryen } = this;
    const info = this.code.info(expression);
    if (info.type === binaryen.unreachable) return 0;
    switch (info.id) {
      case binaryen.ConstId:
        return info.value === 0 ? 0 : OTHER;
      case binaryen.LocalGetId:
        return this.#locals.get(fn)?.get(info.index as number) ?? 0;
      case binaryen.LocalSetId:
        return this.of(fn, info.value as number);
      case binaryen.BinaryId: {
        const side = this.sideOf(fn, info);
        return side === undefined ? OTHER : this.of(fn, side);
      }
      case binaryen.CallId: {
        const target = info.target as string;
        if (target === SCRATCH || target === PART) return ARRAY;
        if (target === CHECKED_AT) return this.of(fn, info.operands?.[0] as number);
        const isKnown = this.code.functions.get(target)?.body && !target.startsWith(BOUNDS);
        return isKnown ? (this.#results.get(target) ?? 0) : OTHER;
      }
      case binaryen.BlockId:
      case binaryen.IfId:
      case binaryen.LoopId:
        return this.ways(fn, expression).reduce((all, one) => all | this.of(fn, one), 0);
      default:
        return OTHER;
    }
  }

  /** Of a sum or difference, the side that is the pointer. */
  sideOf(fn: FlowFunction, { op, left, right }: { op?: number; left?: number; right?: number }): number | undefined {
    const isArray = (one: number | undefined) => (this.of(fn, one as number) & ARRAY) !== 0;
    const { AddInt32, SubInt32 } = this.binaryen;
    if (op !== AddInt32 && op !== SubInt32) return undefined;
    if (op === SubInt32 && isArray(right)) return undefined; // a distance
    return isArray(left) ? left : op === AddInt32 && isArray(right) ? right : undefined;
  }

  /** The expressions that give a block, an if or a loop its value. */
  ways(fn: FlowFunction, expression: number): number[] {
    const { binaryen } = this;
    const info = this.code.info(expression);
    if (info.id === binaryen.LoopId) return [info.body as number];
    if (info.id === binaryen.IfId) return [info.ifTrue as number, info.ifFalse as number];
    const breaks = (info.name ? fn.breaks.get(info.name) : undefined) ?? [];
    const last = info.children?.at(-1);
    return [...breaks.map((one) => this.code.info(one).value as number), ...(last ? [last] : [])];
  }
}
