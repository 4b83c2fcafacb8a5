/**
 * The code of a program as array-flow.ts follows arrays through it: where locals, results and operands get their values.
 * Expressions are pointers, which hold until the module is optimised.
 */
import type { AscElement, AscProgram, AscRange, Binaryen, BinaryenExpression, BinaryenModule } from "./asc.js";

/** A call, or a load or store, and the innermost place in the user's code that it comes from, if it has one. */
export interface Placed {
  readonly expression: number;
  readonly range: AscRange | undefined;
}

export interface FlowFunction {
  readonly name: string;
  readonly reference: number;
  readonly body: number;
  readonly results: number;
  readonly params: readonly number[];
  /** Whether it belongs to the compiler's own library. */
  readonly isTheirs: boolean;
  /** Assignments to its locals, by the local's index. */
  readonly sets: ReadonlyMap<number, readonly number[]>;
  /** Breaks with a value, by the name of the block that they leave. */
  readonly breaks: ReadonlyMap<string, readonly number[]>;
  readonly returns: readonly number[];
  readonly calls: readonly Placed[];
  readonly accesses: readonly Placed[];
  /** memory.copy and memory.fill. */
  readonly spans: readonly Placed[];
}

const PARTS = [
  ...["ptr", "value", "vec", "condition", "size", "left", "right", "dest", "source", "body", "ifTrue", "ifFalse"],
  ...["expected", "replacement", "delta", "shift", "a", "b", "c", "notifyCount", "timeout", "target"],
] as const;

/** A call of a function. */
export interface Caller extends Placed {
  readonly caller: FlowFunction;
}

type Lists = {
  sets: Map<number, number[]>;
  breaks: Map<string, number[]>;
  returns: number[];
  calls: Placed[];
  accesses: Placed[];
  spans: Placed[];
};

export class ArrayCode {
  readonly functions = new Map<string, FlowFunction>();
  /** Functions that are called by a pointer: their arguments can't be followed. */
  readonly indirect = new Set<string>();
  readonly #callers = new Map<string, Caller[]>();
  readonly #empty: readonly number[];
  readonly #accesses: readonly number[];

  /** @param isLibrary whether a source belongs to the compiler's library */
  constructor(
    readonly binaryen: Binaryen,
    module: BinaryenModule,
    program: AscProgram,
    isLibrary: (path: string) => boolean,
  ) {
    const { LoadId, StoreId, AtomicRMWId, AtomicCmpxchgId, SIMDLoadId, SIMDLoadStoreLaneId } = binaryen;
    this.#accesses = [LoadId, StoreId, AtomicRMWId, AtomicCmpxchgId, SIMDLoadId, SIMDLoadStoreLaneId];
    this.#empty = [binaryen.NopId, binaryen.UnreachableId, binaryen.PopId, binaryen.RefNullId];
    const elements = new Map<string, AscElement>();
    for (const element of program.instancesByName.values()) elements.set(element.internalName, element);
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const reference = module.getFunctionByIndex(i);
      const { name, params, results, body } = binaryen.getFunctionInfo(reference);
      const element = elements.get(name);
      const lists: Lists = { sets: new Map(), breaks: new Map(), returns: [], calls: [], accesses: [], spans: [] };
      this.#read(body, undefined, element?.debugLocations, lists);
      const isTheirs = element !== undefined && isLibrary(element.declaration.range.source.normalizedPath);
      this.functions.set(name, {
        name,
        reference,
        body,
        results,
        params: binaryen.expandType(params),
        isTheirs,
        ...lists,
      });
    }
    for (const caller of this.functions.values())
      for (const call of caller.calls)
        collect(this.#callers, this.info(call.expression).target as string, { caller, ...call });
    for (let i = 0; i < module.getNumElementSegments(); i++)
      for (const name of binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(i)).data)
        this.indirect.add(name);
  }

  callersOf(name: string): readonly Caller[] {
    return this.#callers.get(name) ?? [];
  }

  /** The innermost place in the user's code from which a function is called, directly or through libraries. */
  placeOf(name: string, seen = new Set<string>()): AscRange | undefined {
    if (seen.has(name)) return undefined;
    seen.add(name);
    for (const { caller, range } of this.callersOf(name)) {
      const found = range ?? this.placeOf(caller.name, seen);
      if (found) return found;
    }
    return undefined;
  }

  /** What an expression is. */
  info(expression: number): BinaryenExpression {
    const { binaryen } = this;
    const id = binaryen.getExpressionId(expression);
    return this.#empty.includes(id) ? { id, type: binaryen.none } : binaryen.getExpressionInfo(expression);
  }

  #read(
    expression: number,
    around: AscRange | undefined,
    places: ReadonlyMap<number, AscRange> | undefined,
    lists: Lists,
  ): void {
    if (expression === 0) return;
    const { binaryen } = this;
    const info = this.info(expression);
    const place = places?.get(expression);
    const range = place && !place.source.normalizedPath.startsWith("~") ? place : around;
    const { id, index, name, value } = info;
    if (this.#accesses.includes(id)) lists.accesses.push({ expression, range });
    else if (id === binaryen.MemoryCopyId || id === binaryen.MemoryFillId) lists.spans.push({ expression, range });
    else if (id === binaryen.CallId) lists.calls.push({ expression, range });
    else if (id === binaryen.LocalSetId) collect(lists.sets, index as number, expression);
    else if (id === binaryen.BreakId && value) collect(lists.breaks, name as string, expression);
    else if (id === binaryen.ReturnId && value) lists.returns.push(expression);
    if (id === binaryen.ConstId) return;
    const parts = PARTS.map((part) => (info as unknown as Record<string, unknown>)[part]);
    for (const part of [...parts, ...(info.operands ?? []), ...(info.children ?? [])])
      if (typeof part === "number") this.#read(part, range, places, lists);
  }
}

function collect<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
