/**
 * Where a program stores: at addresses that come from a parameter, a call, a variable or the memory itself (pointers, it
 * is taken for granted), at its own static data, or at numbers that it made up, where other modules' data lie.
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
  readonly range: AscRange | undefined;
}

export class Addresses {
  readonly #origins = new Map<CodeFunction, Map<number, Origin>>();
  /** By function, stores at addresses with parameters in them, by these: its own, and those of functions that it calls. */
  readonly #reached = new Map<string, Map<string, Origin>>();
  /** Stores of the user's whose address is made of constants alone. */
  readonly #fixed: { readonly range: AscRange; readonly constants: ReadonlySet<number> }[] = [];
  /** All constants in addresses that the program stores at. */
  readonly written = new Set<number>();

  /** Looks at all stores at once, since expressions are gone when the module is optimised. */
  constructor(private readonly code: Code) {
    for (const fn of code.functions.values())
      for (const { address, range } of fn.stores) this.#note(fn, { origin: this.#originOf(fn, address), range });
    for (let isNew = true; isNew; ) {
      isNew = false;
      for (const fn of code.functions.values())
        for (const call of fn.calls)
          for (const reached of this.#reachedBy(fn, call)) if (this.#note(fn, reached)) isNew = true;
    }
  }

  /** The places of stores that the program made up the address of, but for those in its static data, from begin to end. */
  stray(begin: number, end: number): AscRange[] {
    const isStatic = (constant: number) => constant >= begin && constant < end;
    return this.#fixed.filter(({ constants }) => ![...constants].some(isStatic)).map(({ range }) => range);
  }

  /** Keeps what a function stores at. @returns whether its callers have not seen the like */
  #note({ name }: CodeFunction, { origin, range }: Reached): boolean {
    const { constants, params, isOpen } = origin;
    for (const constant of constants) this.written.add(constant);
    if (params.size === 0) {
      const isKnown = this.#fixed.some((one) => one.range === range);
      if (range && !isOpen && !isKnown) this.#fixed.push({ range, constants });
      return false;
    }
    const all = this.#reached.get(name) ?? new Map<string, Origin>();
    this.#reached.set(name, all);
    const key = `${[...params].sort().join()} ${isOpen}`;
    const isNew = !all.has(key);
    if (isNew) all.set(key, origin);
    return isNew;
  }

  /** What a function stores at by way of a call: the arguments in place of the parameters. */
  #reachedBy(fn: CodeFunction, { target, operands, range }: Call): Reached[] {
    return [...(this.#reached.get(target)?.values() ?? [])].map(({ constants, params, isOpen }) => {
      const given = [...params].map((index) => this.#originOf(fn, operands[index] as number));
      const origin: Origin = {
        constants: new Set([...constants, ...given.flatMap((one) => [...one.constants])]),
        params: new Set(given.flatMap((one) => [...one.params])),
        isOpen: isOpen || given.some((one) => one.isOpen),
      };
      return { origin, range };
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
    if (expression === 0 || seen.has(expression)) return;
    seen.add(expression);
    const { binaryen } = this.code;
    const info = this.code.info(expression) as unknown as Record<string, unknown> & { id: number };
    const go = (...parts: unknown[]) => {
      for (const part of parts) this.#follow(fn, part as number, origin, seen);
    };
    const add = (value: unknown) => {
      if (typeof value === "number") origin.constants.add(value >>> 0);
    };
    switch (info.id) {
      case binaryen.ConstId:
        add(info.value);
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
        add(known?.value);
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
