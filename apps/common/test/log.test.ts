import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { printable, printableJson, printableLines } from "../src/printable.ts";

const LOG = new URL("../src/daemon/log.ts", import.meta.url).href;
const HOSTILE = [
  "\u001b[31m",
  "\u009b31m",
  "\u001b]8;;http://x\u0007",
  "\u202e",
  "\u200b",
  "\u{e0041}",
  "\u2028",
  "\r",
  "\b",
].join("x");
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Runs code with a log, in a process of its own; returns its stderr. */
function logged(format: string, code: string): string {
  const source = `import { createLog } from "${LOG}";
    const text = ${JSON.stringify(HOSTILE)};
    const log = createLog({ level: "info", format: "${format}" });
    ${code}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" }).stderr;
}

describe.each(["pretty", "json"])(
  "a log in %s has no raw control, bidi or invisible characters",
  (format) => {
    test.each([
      ["messages", "log.info(text)"],
      ["fields", "log.warn({ [text]: text, path: text }, `about ${text}`)"],
      ["errors", "log.error({ err: new Error(text) }, text); log.fatal(new Error(text))"],
      ["an error that ends the process", "throw new Error(text)"],
      ["a rejection that ends the process", "Promise.reject(new Error(text))"],
    ])("in %s", (_name, code) => {
      const stderr = logged(format, code);
      expect(stderr).not.toMatch(UNSAFE);
      expect(stderr).toContain(format === "json" ? "\\u009b31mx" : "\\u{9b}31mx");
      if (format === "json") for (const entry of stderr.trim().split("\n")) JSON.parse(entry);
    });
  },
);

test("a line feed in a pretty message does not begin a line", () => {
  expect(logged("pretty", 'log.info("a\\nSPOOF")')).toMatch(/INFO: a␊SPOOF\n$/);
});

test.each([
  ["plain é日本 👍 e\u0301", "plain é日本 👍 e\u0301"],
  ["❤\ufe0f but a\ufe0f", "❤\ufe0f but a\\u{fe0f}"],
  ["\t\n\u007f\u0000", "␉␊␡␀"],
  ["\ud800", "\\u{d800}"],
])("printable(%j)", (text, expected) => {
  expect(printable(text)).toBe(expected);
  expect(printable(printable(text))).toBe(expected);
});

test("several lines keep line feeds and tabs", () => {
  expect(printableLines("a\n\tb\r\n")).toBe("a\n\tb␍\n");
});

test("escaped JSON has the same value", () => {
  const value = { [HOSTILE]: [HOSTILE, "\ud800", "\u007f\u009b", "\ufeff"] };
  const text = printableJson(JSON.stringify(value, undefined, 2));
  expect(text).not.toMatch(UNSAFE);
  expect(JSON.parse(text)).toEqual(value);
});
