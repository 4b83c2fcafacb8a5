/** Hints for errors that TypeScript does not have, or that mean something else there. */

/** `$1` in the hint is a part of the message; `code` runs from one character before the marked place to the line's end. */
type Hint = readonly [message: RegExp, hint: string, code?: RegExp];

const PACKAGE_ARRAY = "~lib\\/allcores\\/assembly\\/library\\/\\w+\\/";

const HINTS: readonly Hint[] = [
  [/closures/i, "a function can't use the local variables around it: pass them as arguments, or make them constants"],
  [/exceptions/i, "there is no try: check beforehand, or throw, which ends the call as a KernelError"],
  [
    /Conversion from type 'f(?:32|64)' to '([iu](?:\d+|size))' requires an explicit cast/,
    "if the variable is to hold fractions, declare it so (let s: f64 = 0: a bare 0 makes an i32); to cut them off, write <$1>(...)",
  ],
  [/Conversion from type .* to '([iuf]\d+|[iu]size|bool)' requires an explicit cast/, "write <$1>(...)"],
  [
    /^Cannot find name '(Ptr|Whole|Shared|Rows|Blocks|Acc|Random|scratch|mark|release|Lock|Semaphore|Event|Counter)'/,
    'import { $1 } from "allcores/assembly"',
  ],
  [
    /^Cannot find name '([iu](?:8|16|32|64|size)|f32|f64|bool)'/,
    "a function or variable of this file is called $1, too: give it another name",
  ],
  [/^Cannot find name '(?:any|unknown)'/, "every type is known when it is compiled: name one, such as f64"],
  [
    /^Cannot find name '(setTimeout|setInterval|JSON|globalThis|fetch|require|Promise|structuredClone|queueMicrotask)'/,
    "there is no $1 in a kernel, which computes and returns: do it in the program",
  ],
  [/^Module '~lib\/allcores\/assembly' has no/, "docs/kernels.md tells what it has"],
  [/^Type expected/, "a field that never changes is static readonly", /^.?const\b/],
  [/^Type expected/, "parameters, results and variables without a value need types, such as i32 or f64"],
  [/whose declared type is not 'void' must return a value/, "each path must end with a return"],
  [/^Optional parameter must have an initializer/, "kernels have no optional parameters: take every argument"],
  [/^'\{' expected/, "a kernel is not async: it computes, and returns", /^\s*(?:export\s+)?async\b/],
  [/^Expression expected/, "there is no await: a kernel computes, and returns", /^.?await\b/],
  [/^Expression expected/, "there are no ?? and ?.: compare with null, or ask map.has(key) first", /^.?\?[?.]|^\?./],
  [
    /^Feature 'relaxed-simd' is not enabled/,
    "results of relaxed instructions depend on the machine: use the plain ones, such as f32x4.add(f32x4.mul(a, b), c)",
  ],
  [/^Feature '.*' is not enabled/, "kernels have threads and simd, and what every compiler of today has"],
  [/^Identifier expected/, "there is no destructuring: take the elements one by one", /^.?(?:const|let|var)\s*[[{]/],
  [/^Type '<object>' is not/, "there are no object literals: write a class with typed fields"],
  [/^Not implemented: Iterators/, "loop over the indices: for (let i = 0; i < list.length; i++)"],
  [/^Not implemented: Spread operator/, "use list.concat(other), or a loop"],
  [/^Not implemented: union types/i, "a type is one type: T | null for objects, and an enum for a choice of names"],
  [/^Type argument expected/, "write the type that comes out: list.map<f64>(...); the function can't be a closure"],
  [/^Expected (\d) arguments, but got/, "reduce needs its initial value, and Math.max and Math.min take two numbers"],
  [/^Type '\w+' is not assignable to type '~lib\/string\/String'/, "write value.toString()"],
  [/^File '.*\.[jt]s\.ts' not found/, 'leave the extension out: write "./helpers"'],
  [
    /^File '~lib\/.*' not found/,
    'packages and modules of Node are not for kernels: import your own files ("./helpers") and "allcores/assembly"',
  ],
  [
    /^Property 'dataStart' does not exist on type '~lib\/staticarray\/StaticArray</,
    "changetype<usize>(array) is the address of a StaticArray's first element",
  ],
  [
    new RegExp(`^Property '\\w+' does not exist on type '${PACKAGE_ARRAY}(?:Ptr|Whole|Rows|Blocks|Acc)<`),
    "an array of the heap has x[i], x.length, x.at(i) and x.from(i), a Rows width and row(i), a Blocks size and block(i)",
  ],
  [
    new RegExp(`'${PACKAGE_ARRAY}Shared<`),
    "a Shared array is changed by load(i), store(i, value), add(i, value), min, max and replace",
  ],
  [
    new RegExp(`^Property '\\w+' does not exist on type '${PACKAGE_ARRAY}Random'`),
    "Random has at(item), uniform(), normal(), exponential(), below(n) and bits()",
  ],
];

/** The hint for an error, if there is one. */
export function hintOf(message: string, code: string): string | undefined {
  for (const [pattern, hint, where] of HINTS) {
    const match = pattern.exec(message);
    if (match && (!where || where.test(code))) return hint.replace("$1", match[1] ?? "");
  }
  return undefined;
}
