/**
 * What is known of an array goes along with its pointer: where it ends, how many elements an item has, and in checked
 * builds where it begins, which part of it the call's items have, and its number. Each local variable that may hold an
 * array gets a local variable for each of these, its shadows; calls hand them over in global variables.
 *
 *   kernel(x, bytes, width) ─> globals ─> the kernel's function ─> shadows of its locals ─┬─> endOf, widthOf
 *                                                                   globals ─> functions ─┘   checks of indices
 *
 * The code is followed from where something is asked (`x.length`, in checked builds any access) back to the kernels'
 * parameters, and only that way changes: where nothing is asked, nothing does. It is followed after generics and methods
 * have become functions, so that names and types mean what the compiler says. What is read from memory (fields, elements of
 * arrays of arrays) can't be followed: it is an array 0, whose length is a CompileError, and which a checked build looks up among the call's arrays.
 */
import type { ArrayCode, FlowFunction, Placed } from "./array-code.js";
import { ArrayGuards } from "./array-guards.js";
import {
  ACCESS,
  fillLookUp,
  type Kind,
  type NamedArray,
  resultName,
  SITE,
  SPAN,
  slotName,
  wrapKernel,
} from "./array-kernels.js";
import { ArrayShadows } from "./array-shadows.js";
import { ARRAY, ArrayValues, BOUNDS, CHECKED_AT, OTHER } from "./array-values.js";
import type { AscRange, Binaryen, BinaryenModule } from "./asc.js";
import type { EntryKernel } from "./entry-kernels.js";

const ELEMENT = `${BOUNDS}checkedElement`;

/** What checkedElement and its like get behind the operands that the library gives. */
const CHECKS: Readonly<Record<string, { readonly given: number; readonly takes: readonly Kind[] }>> = {
  [CHECKED_AT]: { given: 3, takes: ["start", "end", "array"] },
  [ELEMENT]: { given: 4, takes: ["start", "end", "from", "to", "array"] },
};
const QUESTIONS: Readonly<Record<string, Kind>> = { [`${BOUNDS}endOf`]: "end", [`${BOUNDS}widthOf`]: "width" };

const PLAIN: readonly Kind[] = ["end", "width"];
const CHECKED: readonly Kind[] = ["end", "width", "start", "from", "to", "array"];

export interface ArrayFlowResult {
  /** By the kernel's name, the parameters whose arrays' bytes and widths it takes behind the others. */
  readonly hidden: ReadonlyMap<string, readonly number[]>;
  /** Questions about arrays that could not be followed. */
  readonly lost: readonly (AscRange | undefined)[];
  /** Of a checked module, by their numbers; 0 is none. */
  readonly arrays: readonly NamedArray[];
  readonly sites: readonly (AscRange | undefined)[];
}

interface Access {
  readonly fn: FlowFunction;
  readonly expression: number;
  readonly range: AscRange | undefined;
}

export class ArrayFlow {
  readonly #kinds: readonly Kind[];
  readonly #values: ArrayValues;
  readonly #shadows: ArrayShadows;
  /** Functions of libraries that check, and their local variable for the place in the user's code. */
  readonly #sited = new Map<string, number>();
  readonly #arrays: NamedArray[] = [{ name: "", bytes: 1 }];
  readonly #sites: (AscRange | undefined)[] = [undefined];
  readonly #guards: ArrayGuards;
  /** The places of checks. */
  readonly #ranges = new Map<number, AscRange>();
  /** Calls of checks that are no longer there. */
  readonly #replaced = new Set<number>();
  /** Whether a check may meet an array that could not be followed. */
  #losesArrays = false;
  /** How many arguments with shadows a function has at most. */
  #slots = 0;

  constructor(
    private readonly binaryen: Binaryen,
    private readonly module: BinaryenModule,
    private readonly code: ArrayCode,
    private readonly kernels: ReadonlyMap<string, EntryKernel>,
    private readonly isChecked: boolean,
  ) {
    this.#kinds = isChecked ? CHECKED : PLAIN;
    this.#values = new ArrayValues(binaryen, code, kernels);
    this.#shadows = new ArrayShadows(binaryen, module, code, this.#values, this.#kinds, (array) => this.#number(array));
    this.#guards = new ArrayGuards(binaryen, module, this.#shadows);
    this.#shadows.checkOf = (fn, call) => this.#checkOf(fn, call, this.#ranges.get(call));
  }

  run(): ArrayFlowResult {
    const functions = [...this.code.functions.values()].filter(({ body }) => body !== 0);
    const lost = functions.flatMap((fn) => this.#ask(fn));
    if (lost.length > 0) return { hidden: new Map(), lost, arrays: [], sites: [] };
    const accesses = this.isChecked ? functions.flatMap((fn) => this.#accessesOf(fn)) : [];
    const spans = this.isChecked ? functions.flatMap((fn) => this.#spansOf(fn)) : [];
    if (this.isChecked) this.#findSited(functions, [...accesses, ...spans]);
    for (const access of accesses) this.#checkAccess(access);
    for (const span of spans) this.#checkSpan(span);
    for (const fn of functions) this.#change(fn);
    const hidden = this.#wrapKernels();
    this.#addGlobals();
    return { hidden, lost, arrays: this.#arrays, sites: this.#sites };
  }

  /** Follows the arrays that a function asks about. @returns the places where that can't be done */
  #ask(fn: FlowFunction): (AscRange | undefined)[] {
    return fn.calls.flatMap(({ expression, range }) => {
      const { target, operands = [] } = this.code.info(expression);
      const question = QUESTIONS[target as string];
      if (!question && !CHECKS[target as string]) return [];
      const [array] = operands as [number];
      this.#shadows.need(fn, array);
      if (range) this.#ranges.set(expression, range);
      if (!question && this.#values.of(fn, array) !== ARRAY) this.#losesArrays = true;
      return question && (this.#values.of(fn, array) & OTHER) !== 0 ? [range ?? this.code.placeOf(fn.name)] : [];
    });
  }

  /** The loads and stores of a function whose address comes from an array, but for those that checkedElement looks at. */
  #accessesOf(fn: FlowFunction): Access[] {
    if (fn.isTheirs || fn.name.startsWith(BOUNDS)) return [];
    return fn.accesses.flatMap(({ expression, range }) => {
      const { ptr } = this.code.info(expression);
      if (this.code.info(ptr as number).target === ELEMENT) return [{ fn, expression, range }];
      if (!this.#values.isArray(fn, ptr as number)) return [];
      this.#shadows.need(fn, ptr as number);
      return [{ fn, expression, range }];
    });
  }

  /** The copies and fills of a function from or to an array. */
  #spansOf(fn: FlowFunction): Access[] {
    if (fn.isTheirs) return [];
    return fn.spans.flatMap(({ expression, range }) => {
      const { dest, source } = this.code.info(expression);
      const arrays = [dest, source].filter((one) => one !== undefined && this.#values.isArray(fn, one)) as number[];
      for (const one of arrays) this.#shadows.need(fn, one);
      return arrays.length > 0 ? [{ fn, expression, range }] : [];
    });
  }

  /** The functions of libraries that check: their callers say where they are. */
  #findSited(functions: readonly FlowFunction[], accesses: readonly Access[]): void {
    const found = new Set(accesses.filter(({ range }) => !range).map(({ fn }) => fn));
    for (const fn of functions)
      for (const { expression, range } of fn.calls)
        if (!range && CHECKS[this.code.info(expression).target as string]) found.add(fn);
    for (const { name } of found)
      for (const { caller, range } of this.code.callersOf(name)) if (!range) found.add(caller);
    for (const fn of found) this.#sited.set(fn.name, this.#shadows.local(fn, this.binaryen.i32));
  }

  // Changes of the code. An expression has one user, so each is changed once.

  #change(fn: FlowFunction): void {
    const { binaryen, module } = this;
    // The function that follows what checkedAt returns replaces its call: the others are changed last.
    const isAt = ({ expression }: Placed) => this.code.info(expression).target === CHECKED_AT;
    for (const call of fn.calls) if (!isAt(call)) this.#changeCall(fn, call.expression, call.range);
    for (const [index, shadows] of this.#shadows.of(fn))
      for (const set of fn.sets.get(index) ?? [])
        binaryen.LocalSet.setValue(set, this.#shadows.follow(fn, this.code.info(set).value as number, shadows));
    let { body } = fn;
    if (this.#shadows.results.has(fn.name)) {
      for (const one of fn.returns)
        binaryen.Return.setValue(one, this.#handOver(fn, this.code.info(one).value as number));
      if (this.#isValue(body)) body = this.#handOver(fn, body);
    }
    for (const call of fn.calls) if (isAt(call)) this.#changeCall(fn, call.expression, call.range);
    const entry = this.#entry(fn);
    if (entry.length > 0 || body !== fn.body)
      binaryen.Function.setBody(fn.reference, module.block(null, [...entry, body], fn.results));
  }

  /** The parameters of a function with shadows, in their order. */
  #shadowed(fn: FlowFunction): (readonly [param: number, shadows: readonly number[]])[] {
    const all = [...this.#shadows.of(fn)].filter(([index]) => index < fn.params.length);
    this.#slots = Math.max(this.#slots, all.length);
    return all.sort(([a], [b]) => a - b);
  }

  /** A function takes the shadows of its parameters; a call by a pointer has set none. */
  #entry(fn: FlowFunction): number[] {
    const { module } = this;
    const taken = this.#shadowed(fn).flatMap(([, shadows], slot) =>
      shadows.flatMap((shadow, k) => {
        const name = slotName(slot, this.#kinds[k] as Kind);
        const take = module.local.set(shadow, module.global.get(name, this.binaryen.i32));
        return this.code.indirect.has(fn.name) ? [take, module.global.set(name, module.i32.const(0))] : [take];
      }),
    );
    const site = this.#sited.get(fn.name);
    return site === undefined ? taken : [...taken, module.local.set(site, module.global.get(SITE, this.binaryen.i32))];
  }

  #isValue(expression: number): boolean {
    return this.binaryen.getExpressionType(expression) === this.binaryen.i32;
  }

  /** A result, whose shadows go to the caller. */
  #handOver(fn: FlowFunction, result: number): number {
    const shadows = this.#shadows.fresh(fn);
    const { module } = this;
    return this.#shadows.after(fn, this.#shadows.follow(fn, result, shadows), () =>
      shadows.map((shadow, k) =>
        module.global.set(resultName(this.#kinds[k] as Kind), module.local.get(shadow, this.binaryen.i32)),
      ),
    );
  }

  #changeCall(fn: FlowFunction, call: number, range: AscRange | undefined): void {
    const { binaryen, module } = this;
    const { target, operands = [] } = this.code.info(call);
    const name = target as string;
    const [array] = operands as [number];
    const question = QUESTIONS[name];
    const check = CHECKS[name];
    const callee = this.code.functions.get(name);
    if (this.#replaced.has(call)) return;
    if (question || check) {
      const shadows = this.#shadows.ofCheck(fn, call);
      binaryen.Call.setOperandAt(call, 0, this.#shadows.follow(fn, array, shadows));
      const get = (kind: Kind) => module.local.get(shadows[this.#kinds.indexOf(kind)] as number, binaryen.i32);
      const takes = question ? [get(question)] : (check?.takes ?? []).map(get);
      const given = check?.given ?? 1;
      [...takes, ...(check ? [this.#site(fn, range)] : [])].forEach((operand, i) => {
        binaryen.Call.setOperandAt(call, given + i, operand);
      });
    } else if (callee && !name.startsWith(BOUNDS)) this.#giveShadows(fn, callee, call, range);
  }

  /** A call hands over the shadows of its operands once the last of them has its value. */
  #giveShadows(fn: FlowFunction, callee: FlowFunction, call: number, range: AscRange | undefined): void {
    const { binaryen, module } = this;
    const shadowed = this.#shadowed(callee);
    const isSited = this.#sited.has(callee.name);
    const operands = () => this.code.info(call).operands as readonly number[];
    if ((shadowed.length === 0 && !isSited) || operands().length === 0) return;
    const given = shadowed.map(([index]) => {
      const shadows = this.#shadows.fresh(fn);
      binaryen.Call.setOperandAt(call, index, this.#shadows.follow(fn, operands()[index] as number, shadows));
      return shadows;
    });
    const last = operands().length - 1;
    const handedOver = this.#shadows.after(fn, operands()[last] as number, () => [
      ...given.flatMap((shadows, slot) =>
        shadows.map((shadow, k) =>
          module.global.set(slotName(slot, this.#kinds[k] as Kind), module.local.get(shadow, binaryen.i32)),
        ),
      ),
      ...(isSited ? [module.global.set(SITE, this.#site(fn, range))] : []),
    ]);
    binaryen.Call.setOperandAt(call, last, handedOver);
  }

  #site(fn: FlowFunction, range: AscRange | undefined): number {
    const { module } = this;
    if (range) return module.i32.const(this.#sites.push(range) - 1);
    const local = this.#sited.get(fn.name);
    return local === undefined ? module.i32.const(0) : module.local.get(local, this.binaryen.i32);
  }

  #checkAccess({ fn, expression, range }: Access): void {
    const { binaryen, module } = this;
    const { id, ptr, offset = 0, bytes = 1, type } = this.code.info(expression);
    const setters: Readonly<Record<number, { setPtr(expression: number, value: number): void }>> = {
      [binaryen.LoadId]: binaryen.Load,
      [binaryen.StoreId]: binaryen.Store,
      [binaryen.AtomicRMWId]: binaryen.AtomicRMW,
      [binaryen.AtomicCmpxchgId]: binaryen.AtomicCmpxchg,
      [binaryen.SIMDLoadId]: binaryen.SIMDLoad,
      [binaryen.SIMDLoadStoreLaneId]: binaryen.SIMDLoadStoreLane,
    };
    const isLoad = id === binaryen.LoadId || id === binaryen.SIMDLoadId;
    const isStore = !isLoad && !(id === binaryen.SIMDLoadStoreLaneId && type !== binaryen.none);
    const { target } = this.code.info(ptr as number);
    if (target === ELEMENT) {
      setters[id]?.setPtr(expression, this.#checkOf(fn, ptr as number, range));
      return;
    }
    const shadows = this.#shadows.fresh(fn);
    const get = this.#getter(shadows);
    const { i32, i64, local } = module;
    const address = this.#shadows.local(fn, binaryen.i32);
    const value = () => local.get(address, binaryen.i32);
    const takes = CHECKS[ELEMENT]?.takes ?? [];
    const site = this.#siteMaker(fn, range);
    const guarded = this.#guards.guard({
      fn,
      before: [local.set(address, this.#shadows.follow(fn, ptr as number, shadows))],
      exact: () => i64.add(i64.extend_u(value()), i64.extend_u(i32.const(offset))),
      value,
      bytes,
      within: [() => get(isStore ? "from" : "start"), () => get(isStore ? "to" : "end")],
      refuse: () => {
        const operands = [value(), i32.const(offset), i32.const(bytes), i32.const(isStore ? 1 : 0)];
        return module.call(ACCESS, [...operands, ...takes.map(get), site()], binaryen.i32);
      },
    });
    setters[id]?.setPtr(expression, guarded);
  }

  /** The size comes last: what is copied is known then. */
  #checkSpan({ fn, expression, range }: Access): void {
    const { binaryen, module } = this;
    const { i32, local } = module;
    const { id, dest, source, size } = this.code.info(expression);
    const isCopy = id === binaryen.MemoryCopyId;
    const bytes = this.#shadows.local(fn, binaryen.i32);
    const get = (index: number) => local.get(index, binaryen.i32);
    const check = (address: number, isStore: number, set: (value: number) => void): number[] => {
      if (!this.#values.isArray(fn, address)) return [];
      const [at, shadows] = [this.#shadows.local(fn, binaryen.i32), this.#shadows.fresh(fn)];
      set(local.tee(at, this.#shadows.follow(fn, address, shadows), binaryen.i32));
      const known = (CHECKS[ELEMENT]?.takes ?? []).map(this.#getter(shadows));
      return [
        module.call(SPAN, [get(at), get(bytes), i32.const(isStore), ...known, this.#site(fn, range)], binaryen.none),
      ];
    };
    const { MemoryCopy, MemoryFill } = binaryen;
    const to = isCopy ? MemoryCopy : MemoryFill;
    const checks = [
      ...check(dest as number, 1, (value) => to.setDest(expression, value)),
      ...(isCopy ? check(source as number, 0, (value) => MemoryCopy.setSource(expression, value)) : []),
    ];
    to.setSize(expression, module.block(null, [local.set(bytes, size as number), ...checks, get(bytes)], binaryen.i32));
  }

  #getter(shadows: readonly number[]): (kind: Kind) => number {
    return (kind) => this.module.local.get(shadows[this.#kinds.indexOf(kind)] as number, this.binaryen.i32);
  }

  /** What takes the place of a call of checkedElement or checkedAt, which is changed no more. */
  #checkOf(fn: FlowFunction, call: number, range: AscRange | undefined): number {
    const { target, operands = [] } = this.code.info(call);
    const array = this.#shadows.ofCheck(fn, call);
    const { given, takes } = CHECKS[target as string] as (typeof CHECKS)[string];
    const known = { array, takes, get: this.#getter(array) };
    const site = this.#siteMaker(fn, range);
    const made = this.#guards.element(fn, target as string, operands.slice(0, given), known, site);
    if (made !== undefined) this.#replaced.add(call);
    return made ?? call;
  }

  /** The same place for each expression that is made with it. */
  #siteMaker(fn: FlowFunction, range: AscRange | undefined): () => number {
    const number = range ? this.#sites.push(range) - 1 : 0;
    return () => (range ? this.module.i32.const(number) : this.#site(fn, undefined));
  }

  /** The number by which the checks name an array. */
  #number(array: NamedArray): number {
    return this.isChecked ? this.#arrays.push(array) - 1 : 0;
  }

  // What hands over.

  /** @returns by kernel, the parameters of the arrays that it takes more of */
  #wrapKernels(): Map<string, readonly number[]> {
    const { binaryen, module } = this;
    const all = [...this.kernels.values()].flatMap((kernel) => {
      const fn = this.code.functions.get(kernel.internalName);
      return fn ? [{ kernel, fn, shadowed: this.#shadowed(fn).map(([param]) => param) }] : [];
    });
    const known = this.#losesArrays ? Math.max(0, ...all.map(({ kernel }) => kernel.arrays.size)) : 0;
    if (known > 0) fillLookUp(binaryen, module, known);
    const number = (array: NamedArray) => this.#number(array);
    const hidden = new Map<string, readonly number[]>();
    for (const { kernel, fn, shadowed } of all) {
      const params = wrapKernel({ binaryen, module, kernel, fn, shadowed, kinds: this.#kinds, known, number });
      if (params.length > 0) for (const name of kernel.names) hidden.set(name, params);
    }
    return hidden;
  }

  #addGlobals(): void {
    const { binaryen, module } = this;
    const add = (name: string) => module.addGlobal(name, binaryen.i32, true, module.i32.const(0));
    for (let slot = 0; slot < this.#slots; slot++) for (const kind of this.#kinds) add(slotName(slot, kind));
    if (this.#shadows.results.size > 0) for (const kind of this.#kinds) add(resultName(kind));
    if (this.#sited.size > 0) add(SITE);
  }
}
