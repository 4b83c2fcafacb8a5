/**
 * The part of the AssemblyScript compiler that this folder uses, typed by hand: the compiler is an optional peer
 * dependency, and its declarations assume settings that this project does not have.
 */

/** A place in a source. */
export interface AscRange {
  readonly start: number;
  readonly end: number;
  readonly source: AscSource;
}

export interface AscSource {
  readonly normalizedPath: string;
  readonly text: string;
}

/** A diagnostic as the compiler reports it, with sources by their paths only. */
export interface AscDiagnostic {
  readonly message: string;
  readonly code: number;
  /** 1 to 3: pedantic, info, warning; above: error. */
  readonly category: number;
  readonly range: AscPlace | null;
  /** Of an error in a library: the user's code that led there (chain.ts sets it). */
  readonly relatedRange: AscPlace | null;
}

export interface AscPlace {
  readonly start: number;
  readonly end: number;
  readonly source: { readonly normalizedPath: string };
}

export interface AscType {
  /** Objects, strings and arrays: what lies in an arena. */
  readonly isManaged: boolean;
  readonly isNullableReference: boolean;
  /** Of an object: its class; that of `Array<i32>` has i32 as its type argument. */
  readonly classReference: { readonly typeArguments: readonly AscType[] | null } | null;
  /** Of a function. */
  readonly signatureReference: { readonly parameterTypes: readonly AscType[]; readonly returnType: AscType } | null;
  toString(): string;
}

interface AscNode {
  readonly range: AscRange;
}

/** An expression: which fields are there depends on its kind. */
export interface AscExpression extends AscNode {
  readonly kind: number;
  readonly literalKind?: number;
  /** Before the point of `expression.property`. */
  readonly expression?: AscExpression;
  /** Behind the point of `expression.property`. */
  readonly property?: { readonly text: string };
  /** Of an identifier. */
  readonly text?: string;
  /** In a template literal. */
  readonly expressions?: readonly AscExpression[];
}

/** An element of the program: which fields are there depends on its kind. */
export interface AscElement {
  readonly kind: number;
  readonly name: string;
  /** Of a compiled element: its name in the module before the module is optimised. */
  readonly internalName: string;
  readonly flags: number;
  readonly declaration: AscNode & {
    readonly name: AscNode;
    readonly signature?: {
      readonly parameters: readonly (AscNode & {
        readonly name: { readonly text: string };
        readonly initializer: AscExpression | null;
      })[];
      readonly returnType: AscNode;
    };
    readonly initializer?: AscExpression | null;
  };
  /** Of a global, when it has been compiled. */
  readonly type?: AscType;
  /** Of a function prototype: its resolved forms. */
  readonly instances?: ReadonlyMap<string, AscElement> | null;
  /** Of a function. */
  readonly signature?: { readonly parameterTypes: readonly AscType[]; readonly returnType: AscType };
  /** Of a function: the places of its expressions, by their pointers. */
  readonly debugLocations?: ReadonlyMap<number, AscRange>;
  /** Of a file, namespace or enum. */
  readonly members?: ReadonlyMap<string, AscElement> | null;
  /** Of a class. */
  readonly instanceMembers?: ReadonlyMap<string, AscElement> | null;
  /** Of a file: its top-level statements. */
  readonly startFunction?: AscElement;
  /** Of a file. */
  readonly exports?: ReadonlyMap<string, AscElement> | null;
  /** Of a file: the files that its `export * from` name. */
  readonly exportsStar?: readonly AscElement[] | null;
}

export interface AscProgram {
  readonly diagnostics: { push(message: { range: AscRange | null; relatedRange: AscRange | null }): number };
  readonly sources: readonly AscSource[];
  readonly filesByName: ReadonlyMap<string, AscElement>;
  readonly elementsByName: ReadonlyMap<string, AscElement>;
  readonly instancesByName: ReadonlyMap<string, AscElement>;
  /** The class of strings: objects have its id in their header. */
  readonly stringInstance: { readonly id: number };
  /** Imported functions, by module and name. */
  readonly moduleImports: ReadonlyMap<string, ReadonlyMap<string, AscElement>>;
}

/** Hooks between the compiler's stages; the compiler puts `program` on the prototype before the constructor runs. */
export interface AscTransform {
  afterParse?(parser: { readonly sources: readonly AscSource[] }): void;
  afterCompile?(module: BinaryenModule): void;
}

interface AscOptions {
  readonly readFile: (name: string, baseDir: string) => string | null;
  readonly writeFile: (name: string, content: Uint8Array | string) => void;
  readonly listFiles: () => null;
  readonly reportDiagnostic: (diagnostic: AscDiagnostic) => void;
  readonly transforms: readonly (new () => AscTransform)[];
}

/** The module `assemblyscript/asc`. */
export interface Asc {
  readonly version: string;
  readonly libraryFiles: Record<string, string>;
  main(args: readonly string[], options: AscOptions): Promise<{ readonly error: Error | null }>;
}

/** The module `assemblyscript`, of which `assemblyscript/asc` is the command. */
export interface AscInternals {
  readonly Compiler?: {
    readonly prototype: Record<
      "compileExpression" | "compileStatement",
      (node: AscNode, ...rest: unknown[]) => unknown
    >;
  };
}

type Kind =
  | `${"Binary" | "Block" | "Break" | "Call" | "Const" | "If" | "Loop" | "Nop" | "Pop" | "RefNull" | "Select" | "Unary"}Id`
  | `${"CallIndirect" | "Return" | `SIMD${"Extract" | "Replace" | "Shift" | "Shuffle" | "Ternary"}`}Id`
  | `${"AtomicCmpxchg" | "AtomicRMW" | "MemoryCopy" | "MemoryFill" | "MemoryGrow" | "SIMDLoadStoreLane" | "Store"}Id`
  | `${"GlobalGet" | "GlobalSet" | "LocalGet" | "LocalSet" | "Unreachable" | "Load" | "SIMDLoad"}Id`;

/** The setters of a kind of expression, for the parts that array-flow.ts changes. */
interface Setters {
  setPtr(expression: number, value: number): void;
  setDest(expression: number, value: number): void;
  setSource(expression: number, value: number): void;
  setSize(expression: number, value: number): void;
  setValue(expression: number, value: number): void;
  setBody(expression: number, value: number): void;
  setLeft(expression: number, value: number): void;
  setRight(expression: number, value: number): void;
  setIfTrue(expression: number, value: number): void;
  setIfFalse(expression: number, value: number): void;
  setChildAt(expression: number, index: number, value: number): void;
  setOperandAt(expression: number, index: number, value: number): void;
}
type Types = "none" | "unreachable" | "i32" | "i64";
type Addressing = "Load" | "Store" | "AtomicRMW" | "AtomicCmpxchg" | "SIMDLoad" | "SIMDLoadStoreLane";

/** The part of binaryen.js, the optimiser, that the transform uses. Expressions and functions are pointers. */
export interface Binaryen
  extends Readonly<Record<Kind | Types | "AddInt32" | "SubInt32", number>>,
    Readonly<Record<Addressing, Pick<Setters, "setPtr">>> {
  readonly Binary: Pick<Setters, "setLeft" | "setRight">;
  readonly Block: Pick<Setters, "setChildAt">;
  readonly Break: Pick<Setters, "setValue">;
  readonly Call: Pick<Setters, "setOperandAt">;
  readonly Function: Pick<Setters, "setBody">;
  readonly If: Pick<Setters, "setIfTrue" | "setIfFalse">;
  readonly LocalSet: Pick<Setters, "setValue">;
  readonly MemoryCopy: Pick<Setters, "setDest" | "setSource" | "setSize">;
  readonly MemoryFill: Pick<Setters, "setDest" | "setSize">;
  readonly Loop: Pick<Setters, "setBody">;
  readonly Return: Pick<Setters, "setValue">;
  getExpressionId(expression: number): number;
  getExpressionInfo(expression: number): BinaryenExpression;
  getFunctionInfo(reference: number): BinaryenFunction;
  getGlobalInfo(reference: number): { readonly name: string; readonly mutable: boolean; readonly init: number };
  expandType(type: number): number[];
  createType(types: readonly number[]): number;
  getExpressionType(expression: number): number;
  /** The functions that the table of functions holds. */
  getElementSegmentInfo(segment: number): { readonly data: readonly string[] };
  /** @returns the index of the new local variable */
  _BinaryenFunctionAddVar(reference: number, type: number): number;
}

export interface BinaryenFunction {
  readonly name: string;
  readonly params: number;
  readonly results: number;
  readonly body: number;
  /** The module and name of an imported function; empty for others. */
  readonly module: string;
  readonly base: string;
}

/** Which fields are there depends on the kind, `id`; fields of the same name mean the same. */
export interface BinaryenExpression {
  readonly id: number;
  readonly type: number;
  readonly name?: string | null;
  /** Of a call: a name, or where it is indirect, an expression. */
  readonly target?: string | number;
  /** Of a local. */
  readonly index?: number;
  /** Of a constant: its number; of all others: an expression. */
  readonly value?: unknown;
  readonly vec?: number;
  readonly replacement?: number;
  /** Of a sum, a difference and the like. */
  readonly op?: number;
  readonly left?: number;
  readonly right?: number;
  readonly body?: number;
  readonly ifTrue?: number;
  readonly ifFalse?: number;
  /** Of a load or store. */
  readonly offset?: number;
  readonly bytes?: number;
  readonly ptr?: number;
  readonly dest?: number;
  readonly source?: number;
  readonly size?: number;
  readonly operands?: readonly number[];
  readonly children?: readonly number[];
}

export interface BinaryenModule {
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  getNumGlobals(): number;
  getGlobalByIndex(index: number): number;
  getNumElementSegments(): number;
  getElementSegmentByIndex(index: number): number;
  addGlobal(name: string, type: number, isMutable: boolean, init: number): number;
  addFunction(name: string, params: number, results: number, locals: readonly number[], body: number): number;
  addFunctionExport(name: string, exported: string): number;
  removeExport(exported: string): void;
  getFunction(name: string): number;
  if(condition: number, ifTrue: number): number;
  return(): number;
  block(label: string | null, children: readonly number[], type: number): number;
  call(name: string, operands: readonly number[], type: number): number;
  readonly local: {
    get(index: number, type: number): number;
    set(index: number, value: number): number;
    tee(index: number, value: number, type: number): number;
  };
  readonly global: { get(name: string, type: number): number; set(name: string, value: number): number };
  readonly i32: { const(value: number): number } & Record<
    "add" | "mul" | "or" | "ne" | "shl" | "lt_u" | "gt_u",
    (a: number, b: number) => number
  >;
  readonly i64: {
    readonly trunc_s: { f64(value: number): number };
  } & Record<"extend_s" | "extend_u", (value: number) => number> &
    Record<"add" | "sub" | "shl" | "ge_u" | "gt_u" | "lt_u", (a: number, b: number) => number>;
  drop(value: number): number;
  select(condition: number, ifTrue: number, ifFalse: number): number;
}

/** Kinds and flags of elements, kinds of nodes; the same since 0.20. */
export const ELEMENT = { global: 0, enum: 2, functionPrototype: 4, interfacePrototype: 8, typeDefinition: 14 } as const;
export const FLAG = { const: 8, static: 32, readonly: 64, ambient: 1 << 15, generic: 1 << 16 } as const;
export const NODE = {
  function: 15,
  literal: 17,
  propertyAccess: 22,
  // kinds of literals
  templateLiteral: 3,
} as const;
/** The code of "Only variables, functions and enums become WebAssembly module exports". */
export const NO_EXPORT = 235;
/** Diagnostics of this category and above are errors. */
export const ERROR = 3;
