import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/compile-fixtures.ts"],
    // Real processes: a test may count threads and children, and each file has a heap of its own.
    pool: "forks",
    // Two cores: files that start workers of their own would only wait for each other.
    maxWorkers: 1,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // The built package is tested, as its users get it.
    server: { deps: { external: [/\/dist\//] } },
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
  },
});
