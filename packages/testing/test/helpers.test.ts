import {
  createTemporaryDirectory,
  formatCount,
  formatMib,
  formatMs,
  max,
  median,
  percentile,
  ratio,
  SeededRandom,
  sum,
  waitUntil,
} from "@gvpie/testing";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";

test("statistics use nearest ranks", () => {
  const values = [5, 1, 4, 2, 3, 10];
  expect(sum(values)).toBe(25);
  expect(max(values)).toBe(10);
  expect(median(values)).toBe(3);
  expect(percentile(values, 0.99)).toBe(10);
  expect(percentile(values, 0)).toBe(1);
  expect(values[0]).toBe(5);
  expect(ratio([2, 4, 6], [1, 2, 3])).toBe(2);
});

test("statistics of no values", () => {
  expect([sum([]), max([]), median([]), ratio([1], [])]).toEqual([0, 0, Number.NaN, Number.NaN]);
});

test("formats carry their unit", () => {
  expect([formatCount(12_345), formatMs(3.46), formatMs(123.4), formatMib(2 ** 20)]).toEqual([
    "12,345",
    "3.5 ms",
    "123 ms",
    "1.0 MiB",
  ]);
});

test("a seed always gives the same numbers", () => {
  const random = new SeededRandom(7);
  const first = [random.next(), random.next(), random.next()];
  expect(first).toEqual([3_838_393_609, 4_210_744_933, 801_465_066]);
  const again = new SeededRandom(7);
  expect([again.next(), again.next(), again.next()]).toEqual(first);
});

test("random numbers stay in their ranges", () => {
  const random = new SeededRandom(1);
  for (let i = 0; i < 1_000; i++) {
    expect(random.below(3)).toBeLessThan(3);
    expect(random.fraction()).toBeLessThan(1);
    const value = random.logUniform(0.1, 10);
    expect(value >= 0.1 && value <= 10).toBe(true);
    expect(["a", "b"]).toContain(random.pick(["a", "b"]));
  }
  expect(() => random.pick([])).toThrow(RangeError);
});

test("waitUntil resolves to the first value that is not undefined or false", async () => {
  const values = [undefined, false, 0];
  expect(await waitUntil(() => values.shift())).toBe(0);
  expect(await waitUntil(async () => "async")).toBe("async");
});

test("waitUntil rejects with the condition's source", async () => {
  const isReady = (): boolean => false;
  await expect(waitUntil(() => isReady(), { timeoutMs: 5 })).rejects.toThrow(
    "expected a value within 5 ms, got none from () => isReady()",
  );
});

test("a temporary directory is removed with its content", async () => {
  let path: string;
  {
    await using directory = createTemporaryDirectory({ prefix: "gvpie-test-" });
    path = directory.path;
    writeFileSync(directory.join("file"), "content");
    expect(statSync(path).mode & 0o777).toBe(0o700);
  }
  expect(existsSync(path)).toBe(false);
  using traversable = createTemporaryDirectory({ isTraversable: true });
  expect(statSync(traversable.path).mode & 0o777).toBe(0o755);
});
