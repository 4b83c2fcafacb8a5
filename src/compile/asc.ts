/**
 * The part of the AssemblyScript compiler that is used here, typed by hand: it is an optional peer dependency, and its
 * own declarations are not for projects with other settings.
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

/** As the compiler reports it: the source is told by its path only. */
export interface AscDiagnostic {
  readonly message: string;
  /** 1 to 3: pedantic, info, warning; above: error. */
  readonly category: number;
  readonly range: { readonly start: number; readonly end: number; readonly source: { normalizedPath: string } } | null;
}

export interface AscType {
  /** Objects, strings and arrays: what lies in an arena. */
  readonly isManaged: boolean;
  toString(): string;
}

interface AscNode {
  readonly range: AscRange;
}

/** An expression: which fields are there depends on its kind. */
export interface AscExpression extends AscNode {
  readonly kind: number;
  readonly literalKind?: number;
  readonly elementExpressions?: readonly (AscExpression | null)[];
  /** What stands in parentheses, or behind a cast. */
  readonly expression?: AscExpression;
  /** What stands between commas, or in a template literal. */
  readonly expressions?: readonly AscExpression[];
}

/** An element of the program: which fields are there depends on its kind. */
export interface AscElement {
  readonly kind: number;
  readonly name: string;
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
  /** Of a file. */
  readonly exports?: ReadonlyMap<string, AscElement> | null;
  /** Of a file: those that it has `export * from`. */
  readonly exportsStar?: readonly AscElement[] | null;
}

export interface AscProgram {
  readonly sources: readonly AscSource[];
  readonly filesByName: ReadonlyMap<string, AscElement>;
  readonly elementsByName: ReadonlyMap<string, AscElement>;
  readonly instancesByName: ReadonlyMap<string, AscElement>;
  /** Imported functions, by module and name. */
  readonly moduleImports: ReadonlyMap<string, ReadonlyMap<string, AscElement>>;
}

/** What the compiler calls in between; `program` is given to the prototype before the constructor runs. */
export interface AscTransform {
  afterParse?(parser: { readonly sources: readonly AscSource[] }): void;
  afterCompile?(): void;
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

/** Kinds and flags of elements, kinds of nodes; the same since 0.20. */
export const ELEMENT = { global: 0, functionPrototype: 4 } as const;
export const FLAG = { const: 8, readonly: 64, ambient: 1 << 15 } as const;
export const NODE = {
  assertion: 8,
  comma: 12,
  literal: 17,
  parenthesized: 21,
  // kinds of literals
  templateLiteral: 3,
  arrayLiteral: 5,
} as const;
/** Category of diagnostics from which on they are errors. */
export const ERROR = 3;
