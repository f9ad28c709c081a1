import { expect, test } from "vitest";
import { formatDuration, formatSpan, parseDuration, type DurationRules } from "../src/duration.ts";

test.each([
  ["500ms", 500],
  ["0s", 0],
  ["30s", 30_000],
  ["15m", 900_000],
  ["1h", 3_600_000],
  ["1.5h", 5_400_000],
  ["0.25s", 250],
  ["7d", 604_800_000],
  ["4w", 2_419_200_000],
  ["007s", 7_000],
])("%s is %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  "",
  " ",
  "s",
  "30",
  "30 s",
  "-1s",
  "+1s",
  "1e3s",
  "0x10s",
  "1h30m",
  "30S",
  "1y",
  "1.s",
  ".5s",
  "∞s",
  "１s",
  "30s\n",
])("%j is not a duration", (text) => {
  expect(() => parseDuration(text)).toThrow(
    `expected a duration from 0s to 3650d, such as 500ms, 30s, 15m, 1h, 7d or 4w, got "${text}"`,
  );
});

test("a bare number has the unit that the option gives it", () => {
  expect(parseDuration("60", { bare: "s" })).toBe(60_000);
  expect(parseDuration("60", { bare: "ms" })).toBe(60);
  expect(parseDuration("2m", { bare: "s" })).toBe(120_000);
});

test.each<[string, DurationRules, string]>([
  ["1ms", { minMs: 1000 }, "from 1s to 3650d, such as 30s, 15m, 1h, 7d or 4w,"],
  ["2h", { minMs: 1, maxMs: 3_600_000 }, "from 1ms to 1h, such as 500ms, 30s, 15m or 1h,"],
  ["9s", { minMs: 60_001, maxMs: 90_001 }, "from 60001ms to 90001ms, such as 60001ms,"],
  ["99999999999999999w", {}, "from 0s to 3650d"],
])("%s is out of range: the message states the range", (text, rules, says) => {
  expect(() => parseDuration(text, rules)).toThrow(says);
  expect(() => parseDuration(text, rules)).toThrow(RangeError);
});

test("formatDuration is exact: parsing it returns the same", () => {
  const values = [
    0, 1, 500, 999, 1_000, 1_500, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_000, 31_536_000_000,
  ];
  expect(values.map(formatDuration)).toEqual([
    "0s",
    "1ms",
    "500ms",
    "999ms",
    "1s",
    "1500ms",
    "1m",
    "90s",
    "1h",
    "1d",
    "1w",
    "365d",
  ]);
  for (const ms of values) expect(parseDuration(formatDuration(ms))).toBe(ms);
});

test.each([
  [-5, "0 ms"],
  [250, "250 ms"],
  [12_999, "12 s"],
  [119_000, "119 s"],
  [420_000, "7 min"],
  [108_000_000, "30 h"],
  [432_000_000, "5 days"],
])("formatSpan rounds %i ms down to %s", (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});
