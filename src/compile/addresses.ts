/**
 * The addresses at which a program stores. An address that comes from a parameter, a call, a variable or the memory counts
 * as a pointer. A constant address outside the program's static data may lie in another module's. Any code may store at an
 * address of static data that went into the memory, a variable or an indirect call, or was returned.
 */
import type { AscRange } from "./asc.js";
import type { Call, Code, CodeFunction } from "./code.js";
import { describe, lineAndColumn, type Spot, spotAt } from "./frames.js";

/** The parts that an address is computed from. */
interface Origin {
  readonly constants: Set<number>;
  /** Indices of parameters. */
  readonly params: Set<number>;
  /** Whether a call, a variable or a load is a part, too. */
  isOpen: boolean;
}

/** A store by a function or by one that it calls: the parts of the address, and the place in the function's code. */
interface Reached {
  readonly origin: Origin;
  /** Undefined also where the user needs no warning. */
  readonly range: AscRange | undefined;
}

/** The addresses between which a module's static data may lie. */
interface Slot {
  readonly begin: number;
  readonly end: number;
}

export class Addresses {
  readonly #origins = new Map<CodeFunction, Map<number, Origin>>();
  /** By function, the addresses with parameters in them at which it, or a function that it calls, stores; #note makes the keys. */
  readonly #reached = new Map<string, Map<string, Origin>>();
  /** By function, the parameters whose values escape (code.ts). */
  readonly #escaping = new Map<string, Set<number>>();
  /** Stores of user code whose address is made of constants alone. */
  readonly #fixed: { readonly range: AscRange; readonly constants: ReadonlySet<number>; readonly isInSlot: boolean }[] =
    [];
  /** All constants in addresses that the program stores at. */
  readonly stored = new Set<number>();
  /** All constants in values that escape. */
  readonly escaped = new Set<number>();

  /** The constructor reads all stores, since the module's expressions are gone once it is optimised. */
  constructor(
    private readonly code: Code,
    private readonly slot: Slot,
  ) {
    for (const { isMutable, value } of code.globals.values())
      if (isMutable && value !== undefined) this.escaped.add(value);
    for (const fn of code.functions.values()) {
      for (const { address, range } of fn.stores) this.#note(fn, { origin: this.#originOf(fn, address), range });
      this.#escape(fn, fn.escapes);
    }
    for (let isNew = true; isNew; ) {
      isNew = false;
      for (const fn of code.functions.values())
        for (const call of fn.calls) {
          for (const reached of this.#reachedBy(fn, call)) if (this.#note(fn, reached)) isNew = true;
          const given = [...(this.#escaping.get(call.target) ?? [])].map((index) => call.operands[index] as number);
          if (given.length > 0 && this.#escape(fn, given)) isNew = true;
        }
    }
  }

  /** The places of stores at constant addresses outside the static data, which ends at `end`. */
  stray(end: number): AscRange[] {
    const isStatic = (constant: number) => constant >= this.slot.begin && constant < end;
    return this.#fixed.filter(({ constants }) => ![...constants].some(isStatic)).map(({ range }) => range);
  }

  /**
   * Keeps a function's stores, one for each kind of address: by its parameters, and whether it is in the module's slot.
   * @returns whether the kind is new to the function's callers
   */
  #note({ name }: CodeFunction, { origin, range }: Reached): boolean {
    const { constants, params, isOpen } = origin;
    for (const constant of constants) this.stored.add(constant);
    const isInSlot = [...constants].some((constant) => constant >= this.slot.begin && constant < this.slot.end);
    if (params.size === 0) {
      const isKnown = this.#fixed.some((one) => one.range === range && one.isInSlot === isInSlot);
      if (range && !isOpen && !isKnown) this.#fixed.push({ range, constants, isInSlot });
      return false;
    }
    const all = this.#reached.get(name) ?? new Map<string, Origin>();
    this.#reached.set(name, all);
    const key = `${[...params].sort().join()} ${isOpen} ${isInSlot}`;
    const isNew = !all.has(key);
    if (isNew) all.set(key, origin);
    return isNew;
  }

  /** Keeps the parts of a function's escaping values. @returns whether a parameter is new among them */
  #escape(fn: CodeFunction, values: readonly number[]): boolean {
    const all = this.#escaping.get(fn.name) ?? new Set<number>();
    this.#escaping.set(fn.name, all);
    const before = all.size;
    for (const value of values) {
      const { constants, params } = this.#originOf(fn, value);
      for (const constant of constants) this.escaped.add(constant);
      for (const index of params) all.add(index);
    }
    return all.size > before;
  }

  /**
   * The stores that a call leads to, with its arguments in place of the parameters. Null as an argument gets no warning,
   * since functions that accept null check for it first.
   */
  #reachedBy(fn: CodeFunction, { target, operands, range }: Call): Reached[] {
    return [...(this.#reached.get(target)?.values() ?? [])].map(({ constants, params, isOpen }) => {
      const given = [...params].map((index) => this.#originOf(fn, operands[index] as number));
      const origin: Origin = {
        constants: new Set([...constants, ...given.flatMap((one) => [...one.constants])]),
        params: new Set(given.flatMap((one) => [...one.params])),
        isOpen: isOpen || given.some((one) => one.isOpen),
      };
      const isNull = [...origin.constants].every((constant) => constant === 0);
      return { origin, range: isNull ? undefined : range };
    });
  }

  #originOf(fn: CodeFunction, expression: number): Origin {
    const known = this.#origins.get(fn) ?? new Map<number, Origin>();
    this.#origins.set(fn, known);
    const found = known.get(expression);
    if (found) return found;
    const origin: Origin = { constants: new Set(), params: new Set(), isOpen: false };
    this.#follow(fn, expression, origin, new Set());
    known.set(expression, origin);
    return origin;
  }

  #follow(fn: CodeFunction, expression: number, origin: Origin, seen: Set<number>): void {
    if (!expression || seen.has(expression)) return;
    seen.add(expression);
    const { binaryen } = this.code;
    const info = this.code.info(expression) as unknown as Record<string, unknown> & { id: number };
    const go = (...parts: unknown[]) => {
      for (const part of parts) this.#follow(fn, part as number, origin, seen);
    };
    const add = (...values: number[]) => {
      for (const value of values) origin.constants.add(value >>> 0);
    };
    switch (info.id) {
      case binaryen.ConstId:
        add(...wordsOf(info.value as ConstantValue));
        break;
      case binaryen.LocalGetId: {
        const index = info.index as number;
        if (index < fn.params) origin.params.add(index);
        go(...(fn.locals.get(index) ?? []));
        break;
      }
      case binaryen.GlobalGetId: {
        const known = this.code.globals.get(info.name as string);
        if (known?.value === undefined || known.isMutable) origin.isOpen = true;
        if (known?.value !== undefined) add(known.value);
        break;
      }
      case binaryen.BinaryId:
        go(info.left, info.right);
        break;
      case binaryen.LocalSetId:
      case binaryen.UnaryId:
        go(info.value);
        break;
      case binaryen.SelectId:
      case binaryen.IfId:
        go(info.ifTrue, info.ifFalse);
        break;
      case binaryen.SIMDExtractId:
      case binaryen.SIMDReplaceId:
      case binaryen.SIMDShiftId:
      case binaryen.SIMDShuffleId:
      case binaryen.SIMDTernaryId:
        go(info.vec, info.value, info.left, info.right, info.a, info.b, info.c);
        break;
      case binaryen.LoopId:
        go(info.body);
        break;
      case binaryen.BlockId:
        go((info.children as number[]).at(-1), ...(fn.breaks.get(info.name as string) ?? []));
        break;
      default:
        origin.isOpen = true;
    }
  }
}

/** The value of an i32, f32 or f64; of an i64; the bytes of a v128. */
type ConstantValue = number | bigint | readonly number[];

/** The words of a constant, each of which could be an address. */
function wordsOf(value: ConstantValue): number[] {
  if (typeof value === "number") return [value];
  if (typeof value === "bigint") return [Number(BigInt.asUintN(32, value))];
  return [...new Uint32Array(Uint8Array.from(value).buffer)];
}

/** One warning for each file with stores at constant addresses. */
export function strayStores(places: readonly AscRange[]): string[] {
  const byFile = new Map<string, Spot[]>();
  for (const range of places) {
    const spot = spotAt(range);
    const known = byFile.get(spot.file) ?? [];
    if (!known.some(({ start }) => start === spot.start)) byFile.set(spot.file, [...known, spot]);
  }
  return [...byFile.values()].map((spots) => {
    const [first, ...others] = spots.sort((a, b) => a.start - b.start) as [Spot, ...Spot[]];
    const more = others.map((spot) => lineAndColumn(spot).join(":"));
    const also = more.length === 0 ? "" : ` (so do ${more.join(", ")})`;
    return describe(
      `this stores at an address that comes from no pointer and no parameter${also}: other modules' data may lie there; ` +
        "store in an array of the heap, in scratch<T>(length), or in memory.data(bytes)",
      first,
    );
  });
}
