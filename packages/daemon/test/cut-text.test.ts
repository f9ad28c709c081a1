import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { cutText } from "../src/cut-text.ts";

test.each([
  ["abcdef", 6, "abcdef"],
  ["abcdefg", 6, "abc…"],
  ["äöüß", 8, "äöüß"],
  ["äöüßx", 8, "äö…"],
  ["😀😀😀", 12, "😀😀😀"],
  ["😀😀😀x", 12, "😀😀…"],
  ["日本語", 8, "日…"],
  ["\ud800".repeat(9), 12, "\ufffd\ufffd\ufffd…"],
])("%j cut to %d bytes is %j", (text, bytes, expected) => {
  expect(cutText(text, bytes)).toBe(expected);
});

test("never exceeds the limit, and never cuts a character", () => {
  const text = "aä日😀".repeat(200);
  for (let bytes = 256; bytes < 300; bytes++) {
    const cut = cutText(text, bytes);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(bytes - 4);
    expect(text.startsWith(cut.slice(0, -1))).toBe(true);
  }
});
