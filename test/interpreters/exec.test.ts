/** Sources in one interpreter: what each declares, the next one sees. */
import { ExecutionFailedError, KernelError } from "allcores";
import { Interpreter } from "allcores/interpreters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf, js, make, readGlobal, valueIn } from "./made.js";

let shared: Interpreter;
beforeAll(async () => {
  shared = await Interpreter.create({ name: "tables" });
});
afterAll(() => shared.close());

/** Runs all sources but the last in turn, and gives the value of the last, an expression. */
async function outcome(sources: readonly string[]): Promise<unknown> {
  for (const source of sources.slice(0, -1)) await shared.exec(source);
  return valueIn(shared, sources.at(-1) as string);
}

describe("what sources declare stays", { timeout: 15_000 }, () => {
  it.each<[string, readonly string[], unknown]>([
    ["var", ["var a1 = 1", "a1"], 1],
    ["let", ["let a2 = 1", "a2"], 1],
    ["const", ["const a3 = 1", "a3"], 1],
    ["function", ["function a4() { return 1 }", "a4()"], 1],
    ["class", ["class A5 { x = 1 }", "new A5().x"], 1],
    ["globalThis", ["globalThis.a6 = 1", "a6"], 1],
    ["a name without declaration", ["a7 = 1", "globalThis.a7"], 1],
    ["var with await", ["var b1 = await 1", "b1"], 1],
    ["let with await", ["let b2 = await 1", "b2"], 1],
    ["const with await", ["const b3 = await 1", "b3"], 1],
    ["function with await", ["await 0; function b4() { return 1 }", "b4()"], 1],
    ["class with await", ["await 0; class B5 { x = 1 }", "new B5().x"], 1],
    ["globalThis after await", ["await 0; globalThis.b6 = 1", "b6"], 1],
    ["await in a block", ["{ await 0; var b7 = 1 }", "b7"], 1],
    ["for await", ["let b8 = 0; for await (const x of [1, Promise.resolve(2)]) b8 += x", "b8"], 3],
    ["destructuring", ["const { c1, ...c2 } = { c1: 1, d: 2 }; let [c3 = 3] = []", "[c1, c2.d, c3].join()"], "1,2,3"],
    ["destructuring with await", ["const { c4 } = await { c4: 1 }", "c4"], 1],
    ["an async function", ["async function d1() { return 1 }", "await d1()"], 1],
    ["a generator", ["function* d2() { yield 1 }", "[...d2()][0]"], 1],
    ["let declared again", ["let e1 = 1; const r1 = () => e1", "let e1 = 2", "[e1, r1()].join()"], "2,2"],
    ["const declared again", ["const e2 = 1", "const e2 = 2", "e2"], 2],
    ["class declared again", ["class E3 {}", "class E3 { x = 1 }", "new E3().x"], 1],
    ["function declared again", ["function e4() {}", "function e4() { return 1 }", "e4()"], 1],
    ["let over a property", ["globalThis.e5 = 1; function r5() { return e5 }", "let e5 = 2", "r5()"], 2],
    ["an assignment to a let of before", ["let f1 = 1", "f1 += 1", "f1"], 2],
    ["closures over a let", ["let f2 = 1; const up2 = () => ++f2", "up2()", "f2"], 2],
    ["a source that ends in a comment", ["let g1 = 1 // one", "g1"], 1],
    ["a source with a name of its own", ["let g2 = 1\n//# sourceURL=mine.js", "g2"], 1],
    ["strict mode holds for its source alone", ['"use strict"; let g3 = 1', "g4 = 1", "[g3, g4].join()"], "1,1"],
    ["an empty source", ["", "1"], 1],
    ["an object literal is a value", ["({ h1: 1 }).h1", "1"], 1],
  ])("%s", async (_, sources, expected) => {
    expect(await outcome(sources)).toBe(expected);
  });

  it("let whose initializer threw can be declared again", async () => {
    await failureOf(shared.exec("let i1 = null.x"));
    expect(await outcome(["let i1 = 1", "i1"])).toBe(1);
  });

  it.each([
    ["const, then let", "const j1 = 1", "let j1 = 2", "j1"],
    ["var, then let", "var j2 = 1", "let j2 = 2", "j2"],
    ["let, then var", "let j3 = 1", "var j3 = 2", "j3"],
    ["class, then function", "class j4 {}", "function j4() {}", "j4"],
  ])("%s: refused, and the first one stays", async (_, first, second, name) => {
    await shared.exec(first);
    const before = await valueIn(shared, `String(${name})`);
    const error = await failureOf(shared.exec(second));
    expect(error).toBeInstanceOf(ExecutionFailedError);
    expect(error.message).toMatch(/^exec \d+ of interpreter "tables" can't be run: SyntaxError: Identifier '\w+' has/);
    expect(await valueIn(shared, `String(${name})`)).toBe(before);
  });
});

const add = js<(a: number, b: number) => number>("add");

/** The globals that code uses most. */
const LANGUAGE = Object.getOwnPropertyNames(globalThis).filter((name) =>
  /^(?!NaN|Infinity)(?:[A-Z]\w*$|globalThis$|process$|structuredClone$|set|clear|queue)/.test(name),
);

describe("names that hide globals", { timeout: 15_000 }, () => {
  it.each([
    ["let", "let process = 1"],
    ["var", "var process = 1"],
    ["function", "function process(item) { return item }"],
    ["all at once, by let", LANGUAGE.map((name) => `let ${name} = 1;`).join("")],
    ["all at once, by assignments", `for (const name of ${JSON.stringify(LANGUAGE)}) globalThis[name] = 1`],
  ])("%s: calls go on, and errors come whole", async (_, source) => {
    const interpreter = await make("hidden");
    await interpreter.call(add, [1, 2]); // its module, and what that imports, see the globals
    await interpreter.exec(source);
    await interpreter.exec("let mine = process");
    for (const failing of ["null.x", "await null; null.x"]) {
      const error = await failureOf(interpreter.exec(failing));
      expect(error.message).toMatch(
        /^exec \d of interpreter "hidden" failed: TypeError: Cannot read properties of null/,
      );
      expect(error.cause).toBeInstanceOf(TypeError);
    }
    expect((await failureOf(interpreter.exec("let ="))).message).toMatch(
      / can't be parsed at line 1, column 6: Syntax/,
    );
    expect((await failureOf(interpreter.exec("throw 5"))).cause).toBe(5);
    await interpreter.prepareMain({ mine: [2] });
    expect((await failureOf(interpreter.exec("throw mine[0]"))).cause).toBe(2);
    expect(await interpreter.call(add, [1, 2])).toBe(3);
    await interpreter.exec("await import('node:path')");
  });

  it("a source that breaks what an answer takes is answered by a failure", async () => {
    const interpreter = await make("broken");
    const source = "Object.defineProperty(process.stdout, 'writableLength', { get() { throw new Error('mine') } })";
    for (const call of [interpreter.exec(source), interpreter.call(readGlobal, ["given"])]) {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(ExecutionFailedError);
      expect(error.message).toBe(
        `interpreter "broken" can't answer, since a source has changed what that takes: it threw mine`,
      );
    }
  });

  it("prepareMain: the same, before the first source", async () => {
    const interpreter = await make();
    await interpreter.prepareMain({ process: 1, Symbol: 2, Promise: 3, JSON: 4 });
    expect(await interpreter.call(readGlobal, ["JSON"])).toBe(4);
    expect((await failureOf(interpreter.exec("process.x.y"))).cause).toBeInstanceOf(TypeError);
  });
});

/** What a source comes to: nothing, or its error. */
async function toldOf(source: string): Promise<string> {
  return shared.exec(source).then(
    () => "done",
    ({ message, cause }: Error) => `${message}, ${(cause as Error)?.stack ?? cause}`.replaceAll(/exec[ -]\d+/g, "exec"),
  );
}

/** So often V8 optimises what is called. */
const HOT = "for (globalThis.i = 0; i < 1e5; i++) read()";

describe("a source that declares nothing, which runs as a plain script, does as any other", { timeout: 15_000 }, () => {
  it.each<[string, readonly string[]]>([
    [
      "reads a let that is declared again",
      ["let n1 = 1", "globalThis.read = () => n1", HOT, "let n1 = 2", "seen = read()"],
    ],
    [
      "reads a let over a property",
      ["globalThis.n2 = 1; globalThis.read = () => n2", HOT, "let n2 = 2", "seen = read()"],
    ],
    ["assigns to a let", ["let n3 = 1; globalThis.read = () => n3", HOT, "n3 = 2", "seen = read()"]],
    ["can't assign to a const", ["const n4 = 1", "n4 = 2", "seen = n4"]],
    ["reads a let whose initializer threw", ["let n5 = null.x", "seen = typeof n5", "n5", "n5 = 1", "seen = n5"]],
    ["throws", ["throw { a: 1 }", "\n  null.x", "nope", "globalThis.f = () => f(); f()"]],
    ["is strict", ["'use strict'; n6 = 1", "n6 = 1; delete globalThis.n6"]],
    ["can't be parsed", ["1 +;", "return 1", "break", "export default 1", "new.target", "a b", "'a"]],
    ["has a source name of its own", ["null.x\n//# sourceURL=mine.js", "null.x //@ sourceURL=mine.js"]],
    ["has a pending promise for a value", ["new Promise(() => {}); seen = 1"]],
    ["has a proxy for a value", ["new Proxy({}, { get() { throw 1 } })"]],
    [
      "has a look at its surroundings",
      ["seen = [this === globalThis, typeof arguments, new Error().stack.split('\\n')[1]] + ''"],
    ],
    ["leaves an error behind", ["Promise.reject(5)", "process.nextTick(() => { throw 6 })"]],
  ])("%s", async (_, sources) => {
    const outcomes: string[][] = [];
    for (const end of ["", "\n// let"]) {
      await shared.exec("globalThis.seen = undefined");
      const told: string[] = [];
      for (const source of sources) {
        told.push(await toldOf(source + end));
        told.push(String(await shared.call(readGlobal, ["seen"])).replace(/exec-\d+/, "exec"));
      }
      outcomes.push(told);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });
});

describe("import()", { timeout: 15_000 }, () => {
  it.each<[string, readonly string[], unknown]>([
    ["of a built-in module", ["(await import('node:path')).posix.join('a', 'b')"], "a/b"],
    ["of a package", ["typeof (await import('allcores')).jsKernel"], "function"],
    ["of a file of the working directory", ["(await import('./test/fixtures/cases.mjs')) !== undefined"], true],
    ["with attributes", ["(await import('./package.json', { with: { type: 'json' } })).default.name"], "allcores"],
    ["by then", ["await import('node:path').then((m) => m.sep)"], "/"],
    ["with comments between", ["typeof (await import /* a */ ('node:path')).join"], "function"],
    ["with a line comment between", ["typeof (await import // a\n ('node:path')).join"], "function"],
    ["in a function", ["const k1 = () => import('node:path')", "typeof (await k1()).join"], "function"],
    ["in a template", [`\`\${typeof (await import('node:path')).join}\``], "function"],
    ["twice in a source", ["(await import('node:path')).sep + (await import('node:path')).sep"], "//"],
    ["with a computed name", ["const k2 = 'path'", "(await import('node:' + k2)).sep"], "/"],
    ["after a line without semicolon", ["let k3 = 1\nimport('node:path')", "k3"], 1],
    ["in a string stays", ['"import(1)"'], "import(1)"],
    ["in a template's text stays", [`\`import(1) \${1} import(2)\``], "import(1) 1 import(2)"],
    ["in a regular expression stays", ["/import(1)/.source"], "import(1)"],
    ["in a comment stays", ["1 // import(1)\n/* import(2) */"], 1],
    ["as a method", ["const k4 = { import(x) { return x } }", "k4.import(5)"], 5],
    ["as an optional method", ["const k5 = { import: (x) => x }", "k5?.import(5)"], 5],
    [
      "as a class's method",
      ["class K6 { import(x) { return x } static import(x) { return -x } }", "new K6().import(5)"],
      5,
    ],
    [
      "as a private method",
      ["class K7 { #import(x) { return x } go() { return this.#import(5) } }", "new K7().go()"],
      5,
    ],
    ["as a part of a name", ["const $import = (x) => x, reimport = $import", "$import(5) + reimport(1)"], 6],
  ])("%s", async (_, sources, expected) => {
    expect(await outcome(sources)).toBe(expected);
  });

  it("of a module that is not there, or fails: the call's error", async () => {
    const missing = await failureOf(shared.exec("\nawait import('./nowhere.mjs')"));
    expect(missing.message).toMatch(/ failed: Error: Cannot find module/);
    const broken = await failureOf(shared.exec("await import('./test/fixtures/broken.mjs')"));
    expect(broken.message).toMatch(/ failed: SyntaxError: broken on purpose/);
  });

  it("keeps the columns behind it", async () => {
    const error = await failureOf(shared.exec("await import('node:path'); null.x"));
    expect(error.cause).toMatchObject({ stack: expect.stringMatching(/\n {4}at interpreter:tables\/exec-\d+:1:33$/) });
  });
});

describe("errors", { timeout: 15_000 }, () => {
  it.each([
    ["undefined", undefined],
    ["null", null],
    ["0", 0],
    ["-0", -0],
    ["NaN", Number.NaN],
    ["12n", 12n],
    ["'text'", "text"],
    ["({ a: [1] })", { a: [1] }],
    ["new Map([[1, 2]])", new Map([[1, 2]])],
    ["Symbol('s')", "Symbol(s)"],
    ["() => 1", "() => 1"],
  ])("throw %s: the cause is what was thrown", async (text, thrown) => {
    for (const source of [`throw ${text}`, `await null; throw ${text}`]) {
      const error = await failureOf(shared.exec(source));
      expect(error).toBeInstanceOf(ExecutionFailedError);
      expect(error.message).toMatch(/^exec \d+ of interpreter "tables" failed: it threw /);
      expect(error.cause).toEqual(thrown);
      expect(Object.is(error.cause, -0)).toBe(Object.is(thrown, -0));
    }
  });

  it("have the stack of the source alone, by the interpreter's name and the line", async () => {
    const source = "function f() {\n  throw new RangeError('on purpose', { cause: new Error('deeper') });\n}\n\n  f();";
    const error = await failureOf(shared.exec(source));
    expect(error).not.toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ name: "ExecutionFailedError", code: "ERR_EXECUTION_FAILED" });
    expect(error.message).toMatch(/^exec \d+ of interpreter "tables" failed: RangeError: on purpose$/);
    const cause = error.cause as Error;
    expect(cause).toBeInstanceOf(RangeError);
    const frames = (line: number, column: number) =>
      String.raw`\n {4}at f \(interpreter:tables/exec-\d+:${line}:${column}\)\n {4}at interpreter:tables/exec-\d+:5:3$`;
    expect(cause.stack).toMatch(new RegExp(`^RangeError: on purpose${frames(2, 9)}`));
    expect((cause.cause as Error).stack).toMatch(new RegExp(`^Error: deeper${frames(2, 47)}`));
  });

  it.each([
    ["let a = ;", 1, 9],
    ["let a = 1;\n  foo bar;", 2, 7],
    ["let a = 1;\nlet b = (", 2, 10],
    ["let a = (\n", 2, 1],
    ["let a = '", 1, 9],
    ["return 1", 1, 1],
    ["1;\nimport x from 'y'", 2, 1],
    ["1;\r\n\timport.meta", 2, 9],
    ["await import('x') +", 1, 20],
  ])("%j can't be parsed at line %i, column %i", async (source, line, column) => {
    const error = await failureOf(shared.exec(source));
    expect(error).toBeInstanceOf(ExecutionFailedError);
    const place = new RegExp(
      `^exec \\d+ of interpreter "tables" can't be parsed at line ${line}, column ${column}: Syntax`,
    );
    expect(error.message).toMatch(place);
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect((error.cause as Error).stack).toMatch(
      new RegExp(`\\n {4}at interpreter:tables/exec-\\d+:${line}:${column}$`),
    );
  });

  it("an import that is no call is left to the parser", async () => {
    const error = await failureOf(shared.exec("new import('x')"));
    expect(error.message).toMatch(/ can't be parsed at line 1, column \d+: SyntaxError: Cannot use new with import/);
  });

  it.each(["JSON.parse('{')", "await null; JSON.parse('{')", "new Function('(')", "eval('(')"])(
    "a SyntaxError that the source meets when it runs is no place of it: %s",
    async (source) => {
      expect((await failureOf(shared.exec(source))).message).toMatch(
        /^exec \d+ of interpreter "tables" failed: Syntax/,
      );
    },
  );

  it("of another source name that source, whichever runs", async () => {
    await shared.exec("\nglobalThis.thrower = () => { throw new Error('early') }");
    const early = await failureOf(shared.exec("thrower()"));
    const [, first, second] = /exec-(\d+):2:36\)[\s\S]*exec-(\d+):1:1$/.exec((early.cause as Error).stack ?? "") ?? [];
    expect(Number(second)).toBe(Number(first) + 1);
  });
});

describe("what a source leaves behind", { timeout: 15_000 }, () => {
  it.each([
    ["a floating rejection", "Promise.reject(new Error('left'))"],
    ["the same, after others", "let m1 = 1; Promise.reject(new Error('left')); await null"],
    ["a throw of nextTick", "process.nextTick(() => { throw new Error('left') })"],
    ["a throw of a microtask", "queueMicrotask(() => { throw new Error('left') })"],
    ["a throw that the source waits for", "await new Promise(() => setTimeout(() => { throw new Error('left') }))"],
  ])("%s goes to the call that left it, and the interpreter goes on", async (_, source) => {
    await shared.exec("globalThis.kept = 1");
    const failing = failureOf(shared.exec(source));
    const next = shared.exec("kept += 1");
    const error = await failing;
    expect(error).toBeInstanceOf(ExecutionFailedError);
    expect(error.message).toMatch(/^exec \d+ of interpreter "tables" (failed|left an error behind): Error: left$/);
    expect((error.cause as Error).stack).toMatch(/interpreter:tables\/exec-\d+:1:/);
    await next;
    expect(await valueIn(shared, "kept")).toBe(2);
  });

  it.each([
    ["throw", "setTimeout(() => { throw new Error('late') }, 5)"],
    ["rejection", "setTimeout(() => Promise.reject(new Error('late')), 5)"],
  ])("a late %s is a warning that names its call, though another one runs", async (_, source) => {
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve));
    const [number] = /\d+/.exec((await failureOf(shared.exec("null.x"))).message) ?? [];
    await shared.exec(source);
    await shared.exec("await new Promise((resolve) => setTimeout(resolve, 30)); let late = 1");
    expect((await warning).message).toBe(
      `exec ${Number(number) + 1} of interpreter "tables" left an error behind, which showed later: Error: late`,
    );
    expect(await valueIn(shared, "late")).toBe(1);
  });
});
