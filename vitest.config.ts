import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests run on live sources: the condition `@gvpie/source` points every package at its `src`.
export default defineConfig({
  ssr: {
    resolve: { conditions: ["@gvpie/source", "module", "node", "development|production"] },
  },
  test: {
    // Most tests wait for child processes, so every core may have a worker.
    maxWorkers: availableParallelism(),
    // The tests start thousands of processes from the sources, and most of a start is compilation.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL(".cache/compiled", import.meta.url)) },
    globalSetup: "packages/testing/src/process-bundles.ts",
    include: [
      "packages/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "bench/test/**/*.test.ts",
      "verification/**/*.test.ts",
    ],
    // No test measures speed. The timeouts only end a test that hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
