import type { TestContext } from "vitest";

const announced = new Set<string>();

/** Skips the running test and prints the reason, once for each reason. With `CI=true` it throws instead. */
export function skipVisibly(context: TestContext, reason: string): never {
  if (process.env["CI"] === "true") throw new Error(reason);
  if (!announced.has(reason)) {
    announced.add(reason);
    console.warn(`skipped: ${reason}`);
  }
  return context.skip(reason);
}
