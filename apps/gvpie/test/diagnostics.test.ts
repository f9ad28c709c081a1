import { checkProgram } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../src/diagnostics.ts";
import type { Style } from "../src/style.ts";
import { joined } from "../src/terminal-text.ts";

const PLAIN: Style = (_name, text) => joined([text]);

function format(source: string): string[] {
  return formatDiagnostics("x.pxl", source, checkProgram(source).diagnostics, PLAIN).text.split("\n");
}

describe("formatDiagnostics", () => {
  test("points at the fault", () => {
    expect(format("TXT 1 1 hi\nRECT 1 two 3 4\n").slice(1)).toEqual([
      "  2 | RECT 1 two 3 4",
      "    |        ^^^",
      "",
    ]);
  });

  test.each([
    ["under tabs", "\tRECT 1\ttwo 3 4", ["  1 | \tRECT 1\ttwo 3 4", "    | \t      \t^^^"]],
    ["behind wide characters", "RECT 日本 1 2 3", ["  1 | RECT 日本 1 2 3", "    |      ^^^^"]],
    [
      "behind combining marks",
      "CIRCLE 1 2 3 e\u0301 x",
      ["  1 | CIRCLE 1 2 3 e\u0301 x", "    |              ^^^"],
    ],
    ["at the end of a line", "RECT 1 2 3", ["  1 | RECT 1 2 3", "    |           ^"]],
    ["before CRLF", "RECT 1 2 x 4\r\n", ["  1 | RECT 1 2 x 4", "    |          ^"]],
  ])("%s", (_name, source, expected) => {
    expect(format(source).slice(1, 3)).toEqual(expected);
  });

  test("the gutter is as wide as the line number", () => {
    expect(format(`${"\n".repeat(99)}FOO`).slice(1)).toEqual(["  100 | FOO", "      | ^^^", ""]);
  });

  test("cuts a long line around the fault", () => {
    const [, excerpt = "", carets = ""] = format(`RECT ${"1".repeat(500)} x 2 3 4`);
    expect(excerpt.length).toBeLessThan(120);
    expect(carets.length).toBeLessThan(120);
    const far = format(`${" ".repeat(400)}FOO${" ".repeat(400)}`);
    expect(far[1]).toMatch(/^ {2}1 \| … +FOO +…$/);
    expect(far[2]?.indexOf("^")).toBe(far[1]?.indexOf("F"));
  });

  test("shows twenty diagnostics and counts the rest", () => {
    const lines = format("FOO\n".repeat(50));
    expect(lines.filter((line) => line.includes("error:"))).toHaveLength(20);
    expect(lines.at(-2)).toBe("x.pxl: and 30 more");
  });

  test("escapes control and direction characters", () => {
    const text = format("FOO\u001b[2J\u202e\u0007").join("\n");
    // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).toContain("␛[2J");
  });
});
