import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests run on live sources: the condition `@gvpie/source` points every package at its `src`.
export default defineConfig({
  ssr: {
    resolve: { conditions: ["@gvpie/source", "module", "node", "development|production"] },
  },
  test: {
    // Most tests wait for processes of their own, so every core may have a worker.
    maxWorkers: availableParallelism(),
    include: [
      "packages/*/test/**/*.test.ts",
      "bench/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "faults/test/**/*.test.ts",
      "fuzz/test/**/*.test.ts",
      "soak/test/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    // No test is about speed, and machines are slow at times: what hangs is found all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
