import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTimeout } from "../src/own-timeout.ts";

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("time in which the process was stopped or blocked does not count", async () => {
  let hasExpired = false;
  const cancel = startTimeout(1_000, () => (hasExpired = true));
  block(2_000);
  await nextTurn();
  await nextTurn();
  expect(hasExpired).toBe(false);
  cancel();
});

test("an event that arrived before the timeout is delivered first", async () => {
  const child = spawn("true");
  await once(child, "spawn");
  const order: string[] = [];
  child.once("exit", () => order.push("exit"));
  const expired = Promise.withResolvers<void>();
  startTimeout(1, () => {
    order.push("timeout");
    expired.resolve();
  });
  block(500);
  await expired.promise;
  expect(order).toEqual(["exit", "timeout"]);
});

test("expires, unless it is cancelled", async () => {
  const expired: string[] = [];
  startTimeout(300, () => expired.push("first"));
  startTimeout(300, () => expired.push("cancelled"))();
  while (expired.length === 0) await sleep(10);
  await sleep(300);
  expect(expired).toEqual(["first"]);
});
