import { decodeCartridge, decodePng } from "@gvpie/cartridge";
import { describe, expect, test } from "vitest";
import { chunk, idat, IEND, ihdr, pngOf } from "./support/chunks.ts";
import { frameOf } from "./support/frames.ts";
import { caseName, encodeCase, pngCases } from "./support/png-encoder.ts";

describe("decodes every kind of PNG to RGBA", () => {
  test.each(pngCases.map((c) => [caseName(c), c] as const))("%s", async (_, c) => {
    const { png, frame } = encodeCase(c);
    expect(await decodePng(png)).toEqual(frame);
  });
});

test.each([
  ["up before up-left", [10, 0], 5],
  ["left before up-left", [10, 15], 246],
])("the Paeth filter breaks ties: %s", async (_, row, first) => {
  // Each second pixel has a neighbour of 0 and an up-left of 10 at the same distance from left + up − up-left.
  const png = pngOf([ihdr(2, 2, 8, 0), idat([0, ...row, 4, first, 1]), IEND]);
  expect((await decodePng(png)).data[12]).toBe(1);
});

test("reads pixel data in empty and tiny chunks", async () => {
  const whole = idat([0, 0b01000000, 0, 0b10000000]).data;
  const parts = Array.from(whole, (byte) => [chunk("IDAT", [byte]), chunk("IDAT")]).flat();
  const png = pngOf([ihdr(2, 2, 1, 0), ...parts, IEND]);
  expect(await decodePng(png)).toEqual(frameOf(".#", "#."));
});

test("compares only the bits of a sample with a grey transparent colour", async () => {
  const png = pngOf([ihdr(4, 1, 2, 0), chunk("tRNS", [0xff, 0b11111101]), idat([0, 0b00011011]), IEND]);
  const { data } = await decodePng(png);
  expect([data[3], data[7], data[11], data[15]]).toEqual([255, 0, 255, 255]);
});

test("ignores the palette of a true-colour picture", async () => {
  const png = pngOf([ihdr(1, 1, 8, 2), chunk("PLTE", [1, 2, 3]), idat([0, 255, 0, 0]), IEND]);
  expect(await decodePng(png)).toEqual(frameOf("r"));
});

test("skips unknown ancillary chunks before and after the pixel data", async () => {
  const extra = chunk("abCd", [1, 2, 3]);
  const png = pngOf([ihdr(1, 1, 1, 0), extra, idat([0, 128]), extra, IEND]);
  expect(await decodePng(png)).toEqual(frameOf("#"));
});

test("decodes a view into a larger buffer", async () => {
  const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), IEND]);
  const larger = new Uint8Array(png.length + 10);
  larger.set(png, 3);
  expect(await decodePng(larger.subarray(3, 3 + png.length))).toEqual(frameOf("#"));
});

test("rejects a PNG without texts as a cartridge: CARTRIDGE_NO_METADATA", async () => {
  const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), IEND]);
  await expect(decodeCartridge(png)).rejects.toMatchObject({ code: "CARTRIDGE_NO_METADATA" });
});
