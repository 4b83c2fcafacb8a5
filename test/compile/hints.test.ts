/** What an error or a warning advises compiles, as it stands, and gives the right answer. */
import { type Kernel, SerialExecutor } from "allcores";
import { beforeAll, expect, it } from "vitest";
import { saidOfEach } from "./sources.js";

const LISTS = { "node_modules/lists/assembly/index.ts": "export function add(a: i32): i32 { return a + 1; }" };
const TABLE = "<Array<i32>>[3, 1, 2]";

/** Files that are wrong, what is said of each, the files as the hint has them, and what f(1) returns then. */
const ROWS: readonly [what: string, wrong: string, hint: RegExp, right: string, answer: number][] = [
  [
    "a list whose elements are read",
    "const T: i32[] = [3, 1, 2]; export function f(i: i32): i32 { return T[i] + T.length; }",
    /kernels\.ts:1:7: T would lie .*: declare it as StaticArray<i32>, or .* write \(<Array<i32>>\[\.\.\.\]\)\.slice\(0\)/,
    "const T: StaticArray<i32> = [3, 1, 2]; export function f(i: i32): i32 { return T[i] + T.length; }",
    4,
  ],
  [
    "a list whose address is taken",
    "const T: i32[] = [3, 1, 2]; const p = T.dataStart; export function f(i: i32): i32 { return load<i32>(p + i * 4); }",
    /T would lie .* for all: for an Array of each worker's own write \(<Array<i32>>\[\.\.\.\]\)\.slice\(0\)/,
    `const T = (${TABLE}).slice(0); const p = T.dataStart; export function f(i: i32): i32 { return load<i32>(p + i * 4); }`,
    1,
  ],
  [
    "a list in a class that is changed",
    "class K { static readonly T: i32[] = [3, 1, 2]; } export function f(i: i32): i32 { K.T.push(i); return K.T.length; }",
    /kernels\.ts:1:11: T would lie .* for all: for an Array of each worker's own write/,
    `class K { static readonly T: i32[] = (${TABLE}).slice(0); } export function f(i: i32): i32 { K.T.push(i); return K.T.length; }`,
    4,
  ],
  [
    "a list of functions",
    "function inc(a: i32): i32 { return a + 1; } const fs: ((a: i32) => i32)[] = [inc]; export function f(i: i32): i32 { return fs[0](i); }",
    /fs would lie .*: declare it as StaticArray<\(a: i32\) => i32>, or .* write \(<Array<\(a: i32\) => i32>>\[\.\.\.\]\)\.slice\(0\)\n/,
    "function inc(a: i32): i32 { return a + 1; } const fs: StaticArray<(a: i32) => i32> = [inc]; export function f(i: i32): i32 { return fs[0](i); }",
    2,
  ],
  [
    "a list of functions, as each worker's own",
    "function inc(a: i32): i32 { return a + 1; } const fs: Array<(a: i32) => i32> = [inc]; export function f(i: i32): i32 { fs.push(inc); return fs[1](i) + fs.length; }",
    /fs would lie .* for all: for an Array of each worker's own write \(<Array<\(a: i32\) => i32>>\[\.\.\.\]\)\.slice\(0\)\n/,
    "function inc(a: i32): i32 { return a + 1; } const fs = (<Array<(a: i32) => i32>>[inc]).slice(0); export function f(i: i32): i32 { fs.push(inc); return fs[1](i) + fs.length; }",
    4,
  ],
  [
    "a list of texts, and none",
    'const t: (string | null)[] = ["a", null]; export function f(i: i32): i32 { return t[i] === null ? t.length : 0; }',
    /t would lie .*: declare it as StaticArray<string \| null>, or .* write \(<Array<string \| null>>\[/,
    'const t: StaticArray<string | null> = ["a", null]; export function f(i: i32): i32 { return t[i] === null ? t.length : 0; }',
    2,
  ],
  [
    "lists by a type of the file's own, and by a cast",
    'class K<T> { n: i32 = 3; } type Row = (K<string> | null)[]; const r: Row = [null]; const t = <string[]>["a"]; export function f(i: i32): i32 { return r.length + t.length; }',
    /r would lie .*: declare it as StaticArray<K<string> \| null>, or (?:.*\n)*.*t would lie .*: declare it as StaticArray<string>, or/,
    'class K<T> { n: i32 = 3; } const r: StaticArray<K<string> | null> = [null]; const t: StaticArray<string> = ["a"]; export function f(i: i32): i32 { return r.length + t.length; }',
    2,
  ],
  [
    "lists of a list",
    "const a: i32[] = [3]; const r: i32[][] = [a, a]; export function f(i: i32): i32 { return r[i].length; }",
    /\br would lie .*: declare it as StaticArray<StaticArray<i32>>, or/,
    "const a: StaticArray<i32> = [3]; const r: StaticArray<StaticArray<i32>> = [a, a]; export function f(i: i32): i32 { return r[i].length; }",
    1,
  ],
  [
    "dataStart of a StaticArray",
    "const T: StaticArray<i32> = [3, 1, 2]; export function f(i: i32): i32 { return load<i32>(T.dataStart); }",
    /'dataStart' does not exist .*: changetype<usize>\(array\) is the address of a StaticArray's first element/,
    "const T: StaticArray<i32> = [3, 1, 2]; export function f(i: i32): i32 { return load<i32>(changetype<usize>(T)); }",
    3,
  ],
  [
    "const in a class",
    "class K { static const q: i32 = 3; } export function f(i: i32): i32 { return K.q; }",
    /kernels\.ts:1:18: Type expected: a field that never changes is static readonly/,
    "class K { static readonly q: i32 = 3; } export function f(i: i32): i32 { return K.q; }",
    3,
  ],
  [
    "a field that is never changed",
    "class K { static q: i32 = 3; } export function f(i: i32): i32 { return K.q; }",
    /^kernels\.ts:1:11: q is a variable at top level: .*; make it static readonly\n/,
    "class K { static readonly q: i32 = 3; } export function f(i: i32): i32 { return K.q; }",
    3,
  ],
  [
    "a variable that is never changed",
    'let s: string = "abc"; export function f(i: i32): i32 { return s.length; }',
    /^kernels\.ts:1:5: s is a variable at top level: .*; make it a const\n/,
    'const s: string = "abc"; export function f(i: i32): i32 { return s.length; }',
    3,
  ],
  [
    "a variable that is given no value",
    "let n: i32; export function f(i: i32): i32 { return n; }",
    /^kernels\.ts:1:5: n is a variable at top level: .*; make it a const with a value\n/,
    "const n: i32 = 0; export function f(i: i32): i32 { return n; }",
    0,
  ],
  [
    "a variable that calls change",
    "let n = 0; export function f(i: i32): i32 { n += i; return n; }",
    /^kernels\.ts:1:5: n is a variable .*; keep state in arrays, or pass it as an argument\n/,
    "function add(n: i32, i: i32): i32 { return n + i; } export function f(i: i32): i32 { return add(0, i); }",
    1,
  ],
  [
    "a variable that calls put objects into",
    "let t: Int32Array | null = null; export function f(i: i32): i32 { t = new Int32Array(i); return t!.length; }",
    /t is a variable .* gone when the call returns; put it into a local variable and pass that on, or fill it at top level/,
    "let t: Int32Array = new Int32Array(1); t = new Int32Array(3); export function f(i: i32): i32 { let u = new Int32Array(i); return u.length + t.length; }",
    4,
  ],
  [
    "an exported variable",
    "export let n = 3; export function f(i: i32): i32 { return n; }",
    /\w+ is a variable at top level: each worker has its own; it can't be exported: make it a const\n/,
    "export const n = 3; export function f(i: i32): i32 { return n; }",
    3,
  ],
  [
    "a file that a package of AssemblyScript has not",
    'import { add } from "lists/add"; export function f(i: i32): i32 { return add(i); }',
    /'~lib\/lists\/add\.ts' not found: the package lists has no such file: import "lists\/assembly"\n/,
    'import { add } from "lists/assembly"; export function f(i: i32): i32 { return add(i); }',
    2,
  ],
  [
    "a part of allcores that is not for kernels",
    'import { Lock } from "allcores/sync"; export function f(i: i32): i32 { return sizeof<Lock>(); }',
    /not found: kernels import "allcores\/assembly", which has all that is for them\n/,
    'import { Lock } from "allcores/assembly"; export function f(i: i32): i32 { return sizeof<Lock>(); }',
    4,
  ],
  [
    "relaxed instructions",
    "export function f(i: i32): f32 { const v = f32x4.splat(<f32>i); return f32x4.extract_lane(f32x4.relaxed_madd(v, v, v), 0); }",
    /use the plain ones, such as f32x4\.add\(f32x4\.mul\(a, b\), c\)\n/,
    "export function f(i: i32): f32 { const v = f32x4.splat(<f32>i); return f32x4.extract_lane(f32x4.add(f32x4.mul(v, v), v), 0); }",
    2,
  ],
  [
    "an address that the program made up",
    "export function f(i: i32): i32 { store<i32>(1024, i); return load<i32>(1024); }",
    /^kernels\.ts:1:34: this stores at an address .* or in memory\.data\(bytes\)\n/,
    "const at = memory.data(4); export function f(i: i32): i32 { store<i32>(at, i); return load<i32>(at); }",
    1,
  ],
];

/** Lists that are only read are a program apart: what another file does with such a list would count. */
const isRead = ROWS.map(([, , hint]) => String(hint).includes("declare it as"));
/** What is said of each wrong file, and of each right one. */
let [wrong, right]: string[][] = [];
let kernels: Awaited<ReturnType<typeof saidOfEach>>["kernels"];
beforeAll(async () => {
  const files = ROWS.map((row) => row[1]);
  const read = await saidOfEach(
    files.filter((_, i) => isRead[i]),
    LISTS,
  );
  const others = await saidOfEach(
    files.filter((_, i) => !isRead[i]),
    LISTS,
  );
  wrong = isRead.map((is) => (is ? read : others).said.shift() as string);
  ({ said: right, kernels } = await saidOfEach(
    ROWS.map((row) => row[3]),
    LISTS,
  ));
}, 60_000);

it.each(ROWS.map(([what, , hint, source, answer], i) => ({ what, hint, source, answer, i })))(
  "$what",
  async ({ hint, source, answer, i }) => {
    expect(wrong?.[i]).toMatch(hint);
    if (!source.startsWith("let t")) expect(right?.[i]).toBe(""); // which is warned of, and may be
    const f = kernels?.[`row${i}`] as Kernel as Kernel<(i: number) => number>;
    expect(await new SerialExecutor().submit(f, [1])).toBe(answer);
  },
);
