/**
 * Where a program stores: at addresses that come from a parameter, a call, a variable or the memory itself (pointers, it
 * is taken for granted), at its static data, or at numbers that it made up, where other modules' data lie. An address
 * of its data that goes into the memory, a variable or an indirect call, or is returned, may be stored at anywhere.
 */
import type { AscRange } from "./asc.js";
import type { Call, Code, CodeFunction } from "./code.js";
import { describe, lineAndColumn, type Spot, spotAt } from "./frames.js";

/** What an address is made of. */
interface Origin {
  readonly constants: Set<number>;
  /** Indices of parameters. */
  readonly params: Set<number>;
  /** A call, a variable or a load is in it, too. */
  isOpen: boolean;
}

/** A store as a function's caller sees it: what it is made of beside arguments, where in the caller's code it happens. */
interface Reached {
  readonly origin: Origin;
  /** Undefined for what the caller need not be warned of, too. */
  readonly range: AscRange | undefined;
}

/** Where a module's static data may lie. */
interface Slot {
  readonly begin: number;
  readonly end: number;
}

export class Addresses {
  readonly #origins = new Map<CodeFunction, Map<number, Origin>>();
  /** By function, stores at addresses with parameters in them, by these: those in its code, and those of functions that it calls. */
  readonly #reached = new Map<string, Map<string, Origin>>();
  /** By function, parameters whose values go where nothing follows them. */
  readonly #escaping = new Map<string, Set<number>>();
  /** Stores of the user's whose address is made of constants alone. */
  readonly #fixed: { readonly range: AscRange; readonly constants: ReadonlySet<number>; readonly isOwn: boolean }[] =
    [];
  /** All constants in addresses that the program stores at. */
  readonly stored = new Set<number>();
  /** All constants in values that go where nothing follows them. */
  readonly escaped = new Set<number>();

  /** Looks at all stores at once, since expressions are gone when the module is optimised. */
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

  /** The places of stores that the program made up the address of, but for those in its static data, which ends there. */
  stray(end: number): AscRange[] {
    const isStatic = (constant: number) => constant >= this.slot.begin && constant < end;
    return this.#fixed.filter(({ constants }) => ![...constants].some(isStatic)).map(({ range }) => range);
  }

  /**
   * Keeps what a function stores at: at addresses of one kind, of the module's slot and of others, once.
   * @returns whether its callers have not seen the like
   */
  #note({ name }: CodeFunction, { origin, range }: Reached): boolean {
    const { constants, params, isOpen } = origin;
    for (const constant of constants) this.stored.add(constant);
    const isOwn = [...constants].some((constant) => constant >= this.slot.begin && constant < this.slot.end);
    if (params.size === 0) {
      const isKnown = this.#fixed.some((one) => one.range === range && one.isOwn === isOwn);
      if (range && !isOpen && !isKnown) this.#fixed.push({ range, constants, isOwn });
      return false;
    }
    const all = this.#reached.get(name) ?? new Map<string, Origin>();
    this.#reached.set(name, all);
    const key = `${[...params].sort().join()} ${isOpen} ${isOwn}`;
    const isNew = !all.has(key);
    if (isNew) all.set(key, origin);
    return isNew;
  }

  /** Keeps what a function's values that nothing follows are made of. @returns whether there are more parameters now */
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
   * What a function stores at by way of a call: the arguments in place of the parameters. Of null there is no warning,
   * since functions that take it look at it first.
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

/** Of an i32, f32 or f64; of an i64; of a v128, its bytes. */
type ConstantValue = number | bigint | readonly number[];

/** What could be an address in a constant. */
function wordsOf(value: ConstantValue): number[] {
  if (typeof value === "number") return [value];
  if (typeof value === "bigint") return [Number(BigInt.asUintN(32, value))];
  return [...new Uint32Array(Uint8Array.from(value).buffer)];
}

/** One warning a file of stores at addresses that the program made up. */
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
