import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";
import fc from "fast-check";
import { expect, test } from "vitest";

import { bandsOf } from "../src/bands.ts";
import { Binner } from "../src/binning.ts";
import { ENTRY_WORDS, HEADER_WORDS } from "../src/layout.ts";
import { type Slice, slicesOf } from "../src/slices.ts";
import { randomList } from "./support/random-list.ts";

function commandsIn(list: DrawList, { start, end }: Slice): number[][] {
  return Array.from({ length: end - start }, (_, i) => [
    ...list.commands.subarray((start + i) * COMMAND_STRIDE, (start + i + 1) * COMMAND_STRIDE),
  ]);
}

test("slices are consecutive, hold every command, and keep to maxWords unless they hold one command", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 256, max: 4096 }),
      (seed, words, pixels) => {
        const list = randomList(seed);
        const binner = new Binner();
        for (const region of bandsOf(list.width, list.height, pixels)) {
          const slices = slicesOf(list, region, words);
          const borders = [0, ...slices.map(({ end }) => end)];
          expect([...slices.map(({ start }) => start), list.count]).toEqual(borders);
          for (const [i, slice] of slices.entries()) {
            const visible = commandsIn(list, slice).filter(
              ([, , left = 0, top = 0, right = 0, bottom = 0]) =>
                left < region.left + region.width &&
                right > region.left &&
                top < region.top + region.height &&
                bottom > region.top,
            );
            if (visible.length < 2) continue;
            const upload = binner.bin(list, slice, region, i > 0).words;
            const entries = upload[HEADER_WORDS + region.columns * region.rows] ?? 0;
            expect(entries * ENTRY_WORDS).toBeLessThanOrEqual(words);
          }
        }
      },
    ),
  );
});

test("commands that opaque rectangles hide take no words", () => {
  const rect = (color: number, left: number, top: number, right: number, bottom: number) => [
    KIND_RECT,
    color,
    left,
    top,
    right,
    bottom,
    ...Array<number>(5).fill(0),
  ];
  const entriesOf = (commands: number[]) => {
    const list = {
      width: 64,
      height: 16,
      background: 0,
      count: commands.length / COMMAND_STRIDE,
      commands: Int32Array.from(commands),
      glyphs: new Uint16Array(),
    };
    const [region] = bandsOf(64, 16, 2 ** 20);
    if (region === undefined) throw new Error("no region");
    const { words } = new Binner().bin(list, { start: 0, end: list.count }, region, false);
    return words[HEADER_WORDS + 4];
  };
  const [opaque, clear] = [-1, 0x7f_ff_ff_ff];
  expect(entriesOf([...rect(opaque, 0, 0, 64, 16)])).toBe(4);
  expect(entriesOf([...rect(opaque, 3, 3, 60, 12), ...rect(opaque, 0, 0, 64, 16)])).toBe(4);
  expect(entriesOf([...rect(opaque, 3, 3, 60, 12), ...rect(clear, 0, 0, 64, 16)])).toBe(8);
  // Two halves together hide a tile.
  expect(
    entriesOf([...rect(opaque, 1, 1, 9, 7), ...rect(opaque, 0, 0, 32, 4), ...rect(opaque, 0, 4, 32, 8)]),
  ).toBe(2);
});
