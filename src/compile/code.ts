/**
 * The code of a program as the compiler made it, before it is optimised: what it calls, stores, sets and grows, with the
 * places in the sources. Checks read this code and not the text, where a name may mean anything. Expressions are pointers,
 * which hold until the module is optimised. A value escapes where this analysis can't follow it any more.
 */
import type { AscElement, AscProgram, AscRange, Binaryen, BinaryenExpression, BinaryenModule } from "./asc.js";

/** An operation, and the innermost place in the user's code (or in a package) that it comes from, if it has one. */
export interface Deed {
  readonly range: AscRange | undefined;
}

/** A store, an atomic operation, a copy or a fill. `address`: an expression. */
export interface Store extends Deed {
  readonly address: number;
}

export interface Call extends Deed {
  readonly target: string;
  readonly operands: readonly number[];
}

export interface CodeFunction {
  readonly name: string;
  /** The element that declares the function. */
  readonly element: AscElement | undefined;
  /** `module.name` of an imported function. */
  readonly imported: string | undefined;
  /** How many of its locals are parameters. */
  readonly params: number;
  readonly stores: readonly Store[];
  /** Expressions whose values escape: into memory, variables and indirect calls, and to callers. */
  readonly escapes: readonly number[];
  readonly calls: readonly Call[];
  /** Its uses of `memory.grow`. */
  readonly grows: readonly Deed[];
  /** Its assignments to global variables, by name; the value of a declaration has no place. */
  readonly sets: readonly (Deed & { readonly name: string })[];
  /** The values assigned to its locals, by the local's index. */
  readonly locals: ReadonlyMap<number, readonly number[]>;
  /** The values with which breaks leave its blocks, by the block's name. */
  readonly breaks: ReadonlyMap<string, readonly number[]>;
}

/** Fields of an expression that hold other expressions; a field that holds a constant or a name is skipped. */
const PARTS = [
  ...["ptr", "value", "vec", "condition", "size", "left", "right", "dest", "source", "body", "ifTrue", "ifFalse"],
  ...["expected", "replacement", "delta", "shift", "a", "b", "c", "notifyCount", "timeout", "tuple", "target"],
] as const;

type Lists = { -readonly [K in "stores" | "escapes" | "calls" | "grows" | "sets"]: CodeFunction[K][number][] } & {
  locals: Map<number, number[]>;
  breaks: Map<string, number[]>;
};

export class Code {
  readonly functions = new Map<string, CodeFunction>();
  /** Global variables and constants by their name; a value that is computed when an instance starts is undefined. */
  readonly globals = new Map<string, { readonly isMutable: boolean; readonly value: number | undefined }>();
  readonly #writes: readonly number[];
  /** Kinds of expressions that hold no others, and on which binaryen.js gives no information. */
  readonly #empty: readonly number[];
  /** Kinds of expressions that #read skips: half of all, and asking binaryen.js for information is what takes the time. */
  readonly #leaves: readonly number[];

  /** @param isLibrary whether a source belongs to the compiler's library */
  constructor(
    readonly binaryen: Binaryen,
    module: BinaryenModule,
    program: AscProgram,
    private readonly isLibrary: (path: string) => boolean,
  ) {
    const { StoreId, AtomicRMWId, AtomicCmpxchgId, MemoryFillId, MemoryCopyId } = binaryen;
    this.#writes = [StoreId, AtomicRMWId, AtomicCmpxchgId, MemoryFillId, MemoryCopyId];
    this.#empty = [binaryen.NopId, binaryen.UnreachableId, binaryen.PopId, binaryen.RefNullId];
    this.#leaves = [...this.#empty, binaryen.ConstId, binaryen.LocalGetId, binaryen.GlobalGetId];
    const elements = new Map<string, AscElement>();
    for (const element of program.instancesByName.values()) elements.set(element.internalName, element);
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const {
        name,
        params,
        results,
        body,
        module: from,
        base,
      } = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
      const element = elements.get(name);
      const imported = from === "" ? undefined : `${from}.${base}`;
      const lists: Lists = {
        stores: [],
        escapes: [],
        calls: [],
        grows: [],
        sets: [],
        locals: new Map(),
        breaks: new Map(),
      };
      this.#read(body, undefined, element?.debugLocations, lists);
      if (results !== binaryen.none) lists.escapes.push(body);
      this.functions.set(name, { name, element, imported, params: binaryen.expandType(params).length, ...lists });
    }
    for (let i = 0; i < module.getNumGlobals(); i++) {
      const { name, mutable, init } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
      const { id, value } = init === 0 ? { id: 0 } : this.info(init);
      const isKnown = id === binaryen.ConstId && typeof value === "number";
      this.globals.set(name, { isMutable: mutable, value: isKnown ? value >>> 0 : undefined });
    }
  }

  /** What an expression is. */
  info(expression: number): BinaryenExpression {
    const { binaryen } = this;
    const id = binaryen.getExpressionId(expression);
    return this.#empty.includes(id) ? { id, type: binaryen.none } : binaryen.getExpressionInfo(expression);
  }

  /** The first place from which a function is called, directly or through the compiler's library. */
  callerOf(name: string): AscRange | undefined {
    const names = new Set([name]);
    for (const wanted of names)
      for (const { name: caller, calls } of this.functions.values())
        for (const { target, range } of calls) {
          if (target !== wanted) continue;
          if (range) return range;
          names.add(caller);
        }
    return undefined;
  }

  #read(
    expression: number,
    around: AscRange | undefined,
    places: ReadonlyMap<number, AscRange> | undefined,
    lists: Lists,
  ): void {
    const { binaryen } = this;
    if (expression === 0 || this.#leaves.includes(binaryen.getExpressionId(expression))) return;
    const info = this.info(expression);
    const place = places?.get(expression);
    const range = place && !this.isLibrary(place.source.normalizedPath) ? place : around;
    const { id, target, name, index, value } = info;
    lists.escapes.push(...this.#escaping(info));
    if (this.#isWrite(info)) lists.stores.push({ range, address: (info.ptr ?? info.dest) as number });
    else if (id === binaryen.CallId)
      lists.calls.push({ range, target: target as string, operands: info.operands as number[] });
    else if (id === binaryen.MemoryGrowId) lists.grows.push({ range });
    else if (id === binaryen.GlobalSetId) lists.sets.push({ range, name: name as string });
    else if (id === binaryen.LocalSetId) collect(lists.locals, index as number, value as number);
    else if (id === binaryen.BreakId && value) collect(lists.breaks, name as string, value as number);
    const parts = PARTS.map((part) => (info as unknown as Record<string, unknown>)[part]);
    for (const part of [...parts, ...(info.operands ?? []), ...(info.children ?? [])])
      if (typeof part === "number") this.#read(part, range, places, lists);
  }

  /** The parts of an expression whose values escape. */
  #escaping(info: BinaryenExpression): number[] {
    const { ReturnId, GlobalSetId, CallIndirectId } = this.binaryen;
    if (info.id === CallIndirectId) return [...(info.operands ?? [])];
    if (!this.#isWrite(info) && info.id !== ReturnId && info.id !== GlobalSetId) return [];
    return [info.value, info.vec, info.replacement].filter((part) => typeof part === "number");
  }

  #isWrite({ id, type }: BinaryenExpression): boolean {
    if (this.#writes.includes(id)) return true;
    return id === this.binaryen.SIMDLoadStoreLaneId && type === this.binaryen.none;
  }
}

function collect<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
