import { expect, test } from "vitest";

import { allocateList, DrawListBuilder } from "../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { outlineOf } from "./support/outline.ts";

const CANVAS = { width: 40, height: 10, background: 0 };

test("a restored savepoint undoes commands and counts", () => {
  const limits = { ...DEFAULT_LIMITS, commands: 2, glyphs: 4, paintedPixels: 2 * 11 * 7 };
  const list = new DrawListBuilder(CANVAS, limits, allocateList(0, 0));
  list.text(0, 0, "ab", 1, 1);
  const undo = list.savepoint();
  list.text(12, 0, "cd", 1, 2);
  undo();
  list.text(12, 0, "ef", 1, 3);

  const straight = new DrawListBuilder(CANVAS, limits, allocateList(0, 0));
  straight.text(0, 0, "ab", 1, 1);
  straight.text(12, 0, "ef", 1, 3);
  expect(list.count).toBe(2);
  expect(outlineOf(list.finish())).toEqual(outlineOf(straight.finish()));
});

test("a copy has memory of its own, of the exact size", () => {
  const list = new DrawListBuilder(CANVAS, DEFAULT_LIMITS, allocateList(9, 99));
  list.text(0, 0, "ab", 1, 1);
  const copy = list.copy();
  expect([copy.commands.length, copy.glyphs.length]).toEqual([11, 2]);
  const before = outlineOf(copy);
  list.finish().commands.fill(7);
  expect(outlineOf(copy)).toEqual(before);
});
