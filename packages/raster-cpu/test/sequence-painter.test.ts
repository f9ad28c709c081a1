import { countCommonCommands, lowerProgram } from "@gvpie/raster";
import { randomProgram } from "@gvpie/raster/conformance";
import { describe, expect, test } from "vitest";

import { SequencePainter } from "../src/frames/sequence-painter.ts";
import { paint } from "../src/paint/index.ts";

const SIZE = { width: 40, height: 24 };

/** Paints the frames of the programs in turn, and compares each with a frame painted alone. */
function differences(sources: readonly string[], size: { width: number; height: number } = SIZE): number[] {
  const painter = new SequencePainter();
  return sources.flatMap((source, i) => {
    const list = lowerProgram(source, size);
    const found = new Uint32Array(size.width * size.height).fill(0x5a_5a_5a_5a);
    painter.paint(list, found);
    // The memory of a list is used again for the next one.
    list.commands.fill(-1);
    list.glyphs.fill(0xffff);
    const again = lowerProgram(source, size);
    const expected = new Uint32Array(found.length);
    paint(again, expected);
    return found.every((word, at) => word === expected[at]) ? [] : [i];
  });
}

const PANEL = "COLOR #f80\nBOX 0 0 40 24\nTXT 2 2 ok\n";

describe("a sequence of frames equals frames painted alone", () => {
  test.each([
    {
      name: "text that moves over a panel",
      sources: Array.from({ length: 30 }, (_, i) => `${PANEL}TXT ${20 - i} 12 scrolling`),
    },
    { name: "equal frames", sources: Array.from({ length: 6 }, () => PANEL) },
    { name: "frames in pairs", sources: ["a", "a", "b", "b", "c", "c"].map((t) => `${PANEL}TXT 9 9 ${t}`) },
    {
      name: "fewer commands in common, then more",
      sources: [3, 3, 3, 1, 1, 1, 3, 3, 3, 0, 3].map((n) => `${PANEL}${"PIX 1 1\n".repeat(n)}PIX ${n} 20`),
    },
    { name: "a text with another glyph", sources: ["ab", "ab", "ac", "ac", "bc"].map((t) => `TXT 0 0 ${t}`) },
    {
      name: "translucent commands over the base",
      sources: Array.from(
        { length: 8 },
        (_, i) => `${PANEL}COLOR #0000ff88\nRECT ${i} 1 5 5\nDISC 20 12 ${i}`,
      ),
    },
    {
      name: "frames that paint the canvas over",
      sources: Array.from(
        { length: 8 },
        (_, i) => `${PANEL}${"COLOR #fff\nRECT 1 0 39 24\n".repeat(i)}PIX 0 0`,
      ),
    },
    { name: "nothing in common", sources: ["COLOR red\nCLEAR", "COLOR blue\nCLEAR", "PIX 0 0", "", "", ""] },
  ])("$name", ({ sources }) => {
    expect(differences(sources)).toEqual([]);
  });

  test("random programs, cut at random lines", () => {
    for (let seed = 0; seed < 40; seed++) {
      const { source, width, height } = randomProgram(seed, { sides: [1, 31, 64, 100] });
      const lines = source.split("\n");
      // The tails differ; the heads are as long as a random number says, often the same twice.
      const sources = Array.from({ length: 12 }, (_, i) => {
        const head = lines.slice(0, ((seed * 7 + (i >> 1) * 13) % lines.length) + 1);
        return [...head.filter((line) => !/^(jmp|if|call|ret)\b|:$/i.test(line.trim())), `PIX ${i} 0`].join(
          "\n",
        );
      }).filter((text) => {
        try {
          lowerProgram(text, { width, height });
          return true;
        } catch {
          return false;
        }
      });
      expect({ seed, wrong: differences(sources, { width, height }) }).toEqual({ seed, wrong: [] });
    }
  });
});

test.each([
  { a: "TXT 0 0 ab", b: "TXT 0 0 ab", common: 1 },
  { a: "TXT 0 0 ab", b: "TXT 0 0 ac", common: 0 },
  { a: "TXT 0 0 ab", b: "TXT 0 0 abc", common: 0 },
  { a: "TXT 0 0 ab", b: "TXT 0 1 ab", common: 0 },
  { a: "PIX 0 0\nPIX 1 1", b: "PIX 0 0\nPIX 1 1\nPIX 2 2", common: 2 },
  { a: "PIX 0 0\nPIX 1 1", b: "PIX 0 0\nCOLOR red\nPIX 1 1", common: 1 },
  { a: "", b: "PIX 0 0", common: 0 },
])("$a and $b have $common commands in common", ({ a, b, common }) => {
  expect(countCommonCommands(lowerProgram(a), lowerProgram(b))).toBe(common);
  expect(countCommonCommands(lowerProgram(b), lowerProgram(a))).toBe(common);
});

test("lists of another size or background have nothing in common", () => {
  const list = lowerProgram("PIX 0 0");
  expect(countCommonCommands(list, lowerProgram("PIX 0 0", { width: 64 }))).toBe(0);
  expect(countCommonCommands(list, lowerProgram("PIX 0 0", { height: 65 }))).toBe(0);
  expect(countCommonCommands(list, lowerProgram("PIX 0 0", { background: "#fff" }))).toBe(0);
});
