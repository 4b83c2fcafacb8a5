/**
 * `npm run test:quick`: what needs no process, browser, registry or compiler, and no pool but one of threads for the
 * contract of executors. The folders that are left out are named: a new file elsewhere is in.
 */
import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      "test/{cli,compile,docs,examples,package,scripts,sync,threading}/**",
      "test/executors/!(contract*|slicer).test.ts",
      "test/kernels/{above-2gib,build-check,cancel,fractal-large}.test.ts",
      "test/bench/{html,peer-life,peers,ratio}.test.ts",
      "test/memory/slots.test.ts",
    ],
    // The rows of test/executors/all.ts.
    env: { ALLCORES_TEST_EXECUTORS: "serial,threads" },
    globalSetup: ["test/support/compile-fixtures.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    server: { deps: { external: [/\/dist\//] } },
  },
});
