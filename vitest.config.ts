import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Folders of tests of whatever needs a pool, a process, a browser, the registry or the compiler. */
const NOT_QUICK_FOLDERS = [
  "arrays",
  "cli",
  "cluster",
  "compile",
  "docs",
  "examples",
  "executors",
  "interpreters",
  "package",
  "scripts",
  "shared-memory",
  "sync",
  "tasks",
  "threading",
];
/** Such files of the other folders, and one of many seconds of statistics. A new file is quick: test/support/in-process.ts refuses it if it must stand here. */
const NOT_QUICK = [
  "test/api/bad-input.test.ts",
  "test/bench/{case-file,compare,dispatch,html,peer-life,peers,ratio}.test.ts",
  "test/kernels/{above-2gib,cancel,fractal-executors,fractal-large,pi,pi-statistics,scalar,sum}.test.ts",
  "test/memory/{heap,slots,wasm-rules}.test.ts",
];
/** What outsiders have: the packed package in an empty project, with their compilers and bundlers. */
const MATRIX = ["test/package/consumer.test.ts"];
const notQuick = [...NOT_QUICK_FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`), ...NOT_QUICK];

/** Of these, the files that judge times: one at a time. */
const TIMED = [
  "test/bench/{compare,dispatch}.test.ts",
  "test/executors/{fairness,faults-cancel,steps-faults}.test.ts",
  "test/kernels/cancel.test.ts",
];
/** Files that look at the whole process, its threads, children and heap, or replace what is global. */
const OWN_PROCESS = [
  "test/api/bad-input.test.ts",
  "test/bench/{case-file,peer-life,peers}.test.ts",
  "test/compile/idle.test.ts",
  "test/executors/{contract-life,fake-timers,start}.test.ts",
  "test/executors/faults-workers.test.ts",
  "test/kernels/above-2gib.test.ts",
  "test/memory/{heap,slots}.test.ts",
  "test/sync/stress.test.ts",
  "test/threading/thread.test.ts",
];

/** Files whose tests compile in their own process, where the compiler is warm. */
const COMPILE = [
  "test/cli/build.test.ts",
  "test/compile/*.test.ts",
  "test/examples/kernels.test.ts",
  "test/executors/fan-out.test.ts",
];

/** Two at least: one that waits for the disk leaves its core to the other. Three on two cores took as long, with 8% more processor time. */
const cores = Math.max(2, availableParallelism());
/** Files of a group run together, groups one after the other. */
const group = (name: string, groupOrder: number, maxWorkers: number) => ({
  name,
  maxWorkers,
  sequence: { groupOrder },
  // Real processes: a test may count threads and children, and each file has a heap of its own.
  pool: "forks" as const,
  testTimeout: 20_000,
  hookTimeout: 20_000,
  // The built package is tested, as its users get it.
  server: { deps: { external: [/\/dist\//] } },
});
const quick = {
  ...group("quick", 0, cores),
  include: ["test/**/*.test.ts"],
  exclude: notQuick,
  setupFiles: ["test/support/in-process.ts"],
  isolate: false,
};
const shared = {
  ...group("shared", 1, cores),
  include: notQuick,
  exclude: [...TIMED, ...OWN_PROCESS, ...COMPILE, ...MATRIX],
  isolate: false,
};
const own = { ...group("own", 2, cores), include: OWN_PROCESS };
/** One process for all: the compiler's thread takes 4 s of processor time to get warm. */
const compile = {
  ...group("compile", 1, cores),
  include: COMPILE,
  exclude: OWN_PROCESS,
  setupFiles: ["test/compile/warm.ts"],
  isolate: false,
};
const matrix = { ...group("matrix", 0, cores), include: MATRIX };
const timed = { ...group("timed", 3, 1), include: TIMED };
/** The suite of all executors, on two of them. */
const contract = {
  ...group("contract", 0, cores),
  include: ["test/executors/contract*.test.ts"],
  testNamePattern: /^'(serial|threads)' /,
};

const all = [quick, shared, compile, own, timed];
/** By `--mode`, as `npm run test:quick` and `test:matrix` give it. */
const modes: Record<string, readonly object[]> = { quick: [quick, contract], matrix: [matrix] };

export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ["test/support/compile-fixtures.ts"],
    reporters: ["default", ["json", { outputFile: mode === "matrix" ? "matrix-report.json" : "test-report.json" }]],
    projects: (modes[mode] ?? all).map((test) => ({ test })),
  },
}));
