import { lowerProgram, useDrawList } from "@gvpie/raster";
import { expect, test } from "vitest";

import { outlineOf } from "./support/outline.ts";

const OPTIONS = { width: 128, height: 64 };
const TEXTS = Array.from({ length: 40 }, (_, i) => `TXT ${i} ${i} text number ${i}`).join("\n");
const RECTANGLES = Array.from({ length: 40 }, (_, i) => `RECT ${i} ${i} 5 5`).join("\n");

test("a list in reused memory equals a list in new memory", () => {
  for (const source of [TEXTS, RECTANGLES, "TXT 1 1 short", TEXTS, `${RECTANGLES}\n`.repeat(20)]) {
    const fresh = outlineOf(lowerProgram(source, OPTIONS));
    expect(useDrawList(source, OPTIONS, outlineOf)).toEqual(fresh);
  }
});

test("a list in use keeps its memory while another is made", () => {
  useDrawList(TEXTS, OPTIONS, (list) => {
    const before = outlineOf(list);
    useDrawList(RECTANGLES, OPTIONS, () => undefined);
    expect(outlineOf(list)).toEqual(before);
  });
});

test("a list made inside onWarning does not change the outer list", () => {
  const source = `${TEXTS}\nTXT 0 0 \u{8a9e}`;
  let calls = 0;
  const onWarning = () => {
    calls++;
    useDrawList(RECTANGLES, OPTIONS, () => undefined);
  };
  const fresh = outlineOf(lowerProgram(source, OPTIONS));
  expect(useDrawList(source, { ...OPTIONS, onWarning }, outlineOf)).toEqual(fresh);
  expect(calls).toBe(1);
});

test("reuses memory after a failure", () => {
  const fail = () => {
    throw new Error("no");
  };
  expect(() => useDrawList(TEXTS, OPTIONS, fail)).toThrow("no");
  expect(() => useDrawList(TEXTS, { ...OPTIONS, limits: { glyphs: 9 } }, outlineOf)).toThrow("limits.glyphs");
  expect(useDrawList(RECTANGLES, OPTIONS, outlineOf)).toEqual(outlineOf(lowerProgram(RECTANGLES, OPTIONS)));
});
