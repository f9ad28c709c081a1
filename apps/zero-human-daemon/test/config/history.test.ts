import { Command, type CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { addHistoryOptions, historyConfig, type HistoryConfig } from "../../src/config/history.ts";

const DAY = 86_400_000;

function parse(...args: readonly string[]): HistoryConfig {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addHistoryOptions(command);
  command.parse(args, { from: "user" });
  return historyConfig(command);
}

function refusal(...args: readonly string[]): string {
  try {
    return JSON.stringify(parse(...args));
  } catch (error) {
    return (error as CommanderError).message;
  }
}

describe("--keep-runs and --keep-cartridges", () => {
  test("keep everything by default", () => {
    expect(parse()).toEqual({ keepRuns: undefined, keepCartridges: undefined, maxOutputBytes: 16_384 });
  });

  test.each([
    [["1000"], { count: 1_000 }],
    [["1"], { count: 1 }],
    [["1000000"], { count: 1_000_000 }],
    [["90d"], { ageMs: 90 * DAY }],
    [["1s"], { ageMs: 1_000 }],
    [["1.5h"], { ageMs: 5_400_000 }],
    [["1000,90d"], { count: 1_000, ageMs: 90 * DAY }],
    [["1000:90d"], { count: 1_000, ageMs: 90 * DAY }],
    [["90d,1000"], { count: 1_000, ageMs: 90 * DAY }],
    [["1000", "4w"], { count: 1_000, ageMs: 28 * DAY }],
    [["1000", "90d", "50"], { count: 50, ageMs: 90 * DAY }],
  ])("%j", (texts, kept) => {
    for (const name of ["keepRuns", "keepCartridges"] as const) {
      const flag = name === "keepRuns" ? "--keep-runs" : "--keep-cartridges";
      const config = parse(...texts.flatMap((text) => [flag, text]));
      expect(config).toEqual({ ...parse(), [name]: kept });
    }
  });

  test.each([
    "",
    "0",
    "1000001",
    "-1",
    "1e3",
    "1.5",
    " 5",
    "0d",
    "999ms",
    "11y",
    "d",
    "1000,",
    ",90d",
    "all",
  ])("%j is refused", (text) => {
    for (const flag of ["--keep-runs", "--keep-cartridges"]) {
      expect(refusal(`${flag}=${text}`)).toContain(
        `option '${flag} <n|age>' argument '${text}' is invalid. Expected a number from 1 to 1000000 such as 1000, or an age such as 12h or 90d.`,
      );
    }
  });
});

describe("--max-output", () => {
  test.each([256, 65_536, 1_048_576])("%d", (bytes) => {
    expect(parse("--max-output", String(bytes)).maxOutputBytes).toBe(bytes);
  });

  test.each(["", "0", "255", "1048577", "16k", "-256", "256.5"])("%j is refused", (text) => {
    expect(refusal(`--max-output=${text}`)).toMatch(/'--max-output <bytes>' argument '.*' is invalid/);
  });
});
