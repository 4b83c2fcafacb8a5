import { defineConfig } from "vitest/config";

/** What starts workers and judges times or threads: two such files at once would only wait for each other. */
const ALONE = [
  "test/{executors,memory,sync,tasks,threading}/**/*.test.ts",
  "test/compile/{executors,sync}.test.ts",
  "test/kernels/cancel.test.ts",
  "test/cli/{interrupt,bench}.test.ts",
  "test/bench/peer-life.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/support/compile-fixtures.ts"],
    // Real processes: a test may count threads and children, and each file has a heap of its own.
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // The built package is tested, as its users get it.
    server: { deps: { external: [/\/dist\//] } },
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
    projects: [
      {
        extends: true,
        test: {
          name: "two at once",
          include: ["test/**/*.test.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
