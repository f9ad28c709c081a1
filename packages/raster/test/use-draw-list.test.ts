import { lowerProgram, useDrawList } from "@gvpie/raster";
import { expect, test } from "vitest";

import { outlineOf } from "./outline.ts";

const OPTIONS = { width: 128, height: 64 };
const TEXTS = Array.from({ length: 40 }, (_, i) => `TXT ${i} ${i} text number ${i}`).join("\n");
const RECTANGLES = Array.from({ length: 40 }, (_, i) => `RECT ${i} ${i} 5 5`).join("\n");

test("a list in memory that was used before is as a fresh one", () => {
  for (const source of [TEXTS, RECTANGLES, "TXT 1 1 short", TEXTS, `${RECTANGLES}\n`.repeat(20)]) {
    const fresh = outlineOf(lowerProgram(source, OPTIONS));
    expect(useDrawList(source, OPTIONS, outlineOf)).toEqual(fresh);
  }
});

test("one in use keeps its memory when another is begun", () => {
  useDrawList(TEXTS, OPTIONS, (list) => {
    const before = outlineOf(list);
    useDrawList(RECTANGLES, OPTIONS, () => undefined);
    expect(outlineOf(list)).toEqual(before);
  });
});

test("one that is begun while another is being made leaves that alone", () => {
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

test("after a failure the next one is as before", () => {
  const fail = () => {
    throw new Error("no");
  };
  expect(() => useDrawList(TEXTS, OPTIONS, fail)).toThrow("no");
  expect(() => useDrawList(TEXTS, { ...OPTIONS, limits: { glyphs: 9 } }, outlineOf)).toThrow("limits.glyphs");
  expect(useDrawList(RECTANGLES, OPTIONS, outlineOf)).toEqual(outlineOf(lowerProgram(RECTANGLES, OPTIONS)));
});
