// The type and the range of each limit.
import { inspectCapability, issueCapability, narrowCapability } from "@gvpie/capability";
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from "vitest";
import { LIMITS, agent, first, refusalOf, root, script, withLimits } from "./support/chain.ts";

let verify: Mock<SubtleCrypto["verify"]>;
beforeEach(() => {
  verify = vi.spyOn(globalThis.crypto.subtle, "verify");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const COUNTS = [
  "pixels",
  "instructions",
  "paintedPixels",
  "fuel",
  "codeBytes",
  "frames",
  "inFlight",
  "queuedBytes",
  "unreadBytes",
  "notBefore",
  "expires",
];
const SETS = ["operations", "backends", "programs", "params", "audience"];
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);

describe("a limit of the wrong type or range", () => {
  test.each<[string, unknown]>([
    ...COUNTS.flatMap((name): [string, unknown][] =>
      [-1, 1.5, 2 ** 53, 1e21, "1", null, true, [1], {}].map((value) => [name, value]),
    ),
    ...SETS.flatMap((name): [string, unknown][] =>
      ["ping", 1, null, {}, [1], [null], [["ping"]], ["ping "], [""]].map((value) => [name, value]),
    ),
    ["operations", ["ping", "ping"]],
    ["operations", ["read_canvas"]],
    ["backends", ["CPU"]],
    ["programs", ["A".repeat(64)]],
    ["programs", ["a".repeat(63)]],
    ["params", ["1st"]],
    ["params", ["a".repeat(65)]],
    ["params", names(65)],
    ["audience", []],
    [
      "audience",
      Array.from({ length: 17 }, (_, index) => `${"A".repeat(41)}${String.fromCharCode(65 + index)}A`),
    ],
    ["audience", [`${"A".repeat(42)}B`]],
    ...[0, 0.0009, 1_000_001, "1", null].map((value): [string, unknown] => ["requestsPerSecond", value]),
    ...[
      1,
      null,
      "a".repeat(257),
      "😀".repeat(257),
      "a\nb",
      "a\u{7f}",
      "\u{85}",
      "a\u{2028}b",
      "\u{202e}b",
      "\ud800",
      "a\udc00",
    ].map((value): [string, unknown] => ["purpose", value]),
  ])("%s: %j", async (limit, value) => {
    const expected = {
      code: "CAP_BAD_LIMIT",
      block: 1,
      limit,
      message: expect.stringMatching(
        new RegExp(`^expected .*, got .* \\(limit ${limit} of block 1\\)$`, "s"),
      ) as string,
    };
    expect(await refusalOf(withLimits({ [limit]: value }))).toMatchObject(expected);
    expect(verify).not.toHaveBeenCalled();
    const limits = { ...LIMITS, [limit]: value };
    await expect(issueCapability({ rootKey: root, to: agent, limits })).rejects.toMatchObject(expected);
    await expect(
      narrowCapability(first, { key: agent, to: script, limits: { [limit]: value } }),
    ).rejects.toMatchObject({ ...expected, block: 2, message: expect.stringContaining("block 2") as string });
  });

  test.each<[string, unknown]>([
    ...COUNTS.flatMap((name): [string, unknown][] => [
      [name, 0],
      [name, 2 ** 53 - 1],
    ]),
    ["operations", []],
    ["backends", []],
    ["programs", []],
    ["params", []],
    ["params", names(64)],
    ["requestsPerSecond", 0.001],
    ["requestsPerSecond", 1_000_000],
    ["purpose", ""],
    ["purpose", "é".repeat(256)],
    ["purpose", "👩‍🚀 für “Ünïcödé”"],
    ["purpose", "😀".repeat(256)],
  ])("%s: %j is accepted", async (limit, value) => {
    const text = await issueCapability({ rootKey: root, to: agent, limits: { ...LIMITS, [limit]: value } });
    const { limits } = await inspectCapability(text);
    expect(limits).toEqual({ ...LIMITS, [limit]: value });
  });
});
