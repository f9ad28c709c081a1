import { expect, test } from "vitest";
import { coalesce } from "../src/process/coalesce.ts";

test("calls during a run share one run after it", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const run = coalesce(() => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const first = run();
  const [second, third] = [run(), run()];
  expect(gates).toHaveLength(1);
  gates[0]?.resolve();
  await first;
  await Promise.resolve();
  expect(gates).toHaveLength(2);
  gates[1]?.resolve();
  await Promise.all([second, third]);
  expect(gates).toHaveLength(2);
});

test("work that has nothing to wait for does not prevent the next run", async () => {
  let runs = 0;
  const run = coalesce(async () => void runs++);
  await run();
  await run();
  expect(runs).toBe(2);
});

test("a run that fails does not prevent the next run", async () => {
  let runs = 0;
  const run = coalesce(async () => {
    if (runs++ === 0) throw new Error("first");
  });
  const [first, second] = [run(), run()];
  await expect(first).rejects.toThrow("first");
  await second;
  expect(runs).toBe(2);
});
