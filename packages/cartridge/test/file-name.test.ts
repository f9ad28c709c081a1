import { cartridgeFileName } from "@gvpie/cartridge";
import * as fc from "fast-check";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const time = 1_700_000_000_123;

test.each([
  ["hello_gpu", "hello_gpu"],
  ["Hello GPU!", "Hello_GPU"],
  ["panel-2", "panel-2"],
  ["../../etc/passwd", "etc_passwd"],
  ["..", "script"],
  ["", "script"],
  ["a\0b", "a_b"],
  ["C:\\con", "C_con"],
  ["-rf", "rf"],
  [".hidden", "hidden"],
  ["Café Ünïcode", "Cafe_Unicode"],
  ["\u202egnp.exe\u202c", "gnp_exe"],
  ["日本", "script"],
  ["a\nb\tc", "a_b_c"],
  ["\ud800", "script"],
  ["x".repeat(300), "x".repeat(64)],
  ["%2e%2e", "2e_2e"],
])("%j becomes %s", (name, slug) => {
  expect(cartridgeFileName({ name, time, run: 7 })).toBe(`${slug}_1700000000123_7.png`);
});

test("accepts dates and ids of letters", () => {
  expect(cartridgeFileName({ name: "x", time: new Date(time), run: "01JD-a" })).toBe(
    "x_1700000000123_01JD-a.png",
  );
});

test.each([
  { time: -1, run: 1 },
  { time: 1.5, run: 1 },
  { time: Number.NaN, run: 1 },
  { time: new Date(Number.NaN), run: 1 },
  { time, run: -1 },
  { time, run: 1.5 },
  { time, run: "" },
  { time, run: "../x" },
  { time, run: "a_b" },
  { time, run: "x".repeat(65) },
])("rejects time $time, run $run", ({ time, run }) => {
  expect(() => cartridgeFileName({ name: "x", time, run })).toThrow(RangeError);
});

test("gives any name a valid file name inside its folder, unique by run", () => {
  const name = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ maxLength: 300 }));
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (text, one, two) => {
      const file = cartridgeFileName({ name: text, time, run: one });
      expect(resolve("/folder", file)).toBe(`/folder/${file}`);
      expect(file).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]*\.png$/);
      expect(file.length).toBeLessThanOrEqual(255);
      expect(file === cartridgeFileName({ name: text, time, run: two })).toBe(one === two);
    }),
    { numRuns: 2000 },
  );
});
