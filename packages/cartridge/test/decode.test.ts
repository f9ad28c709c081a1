import { decodeCartridge, decodePng } from "@gvpie/cartridge";
import { describe, expect, test } from "vitest";
import { chunk, idat, IEND, ihdr, pngOf } from "./support/chunks.ts";
import { frameOf } from "./support/frames.ts";
import { caseName, encodeCase, pngCases } from "./support/png-encoder.ts";

describe("every PNG decodes to RGBA", () => {
  test.each(pngCases.map((c) => [caseName(c), c] as const))("%s", async (_, c) => {
    const { png, frame } = encodeCase(c);
    expect(await decodePng(png)).toEqual(frame);
  });
});

test.each([
  ["up before up-left", [10, 0], 5],
  ["left before up-left", [10, 15], 246],
])("of two equally near neighbours, the Paeth filter takes %s", async (_, row, first) => {
  // Each second pixel has a neighbour of 0 and an up-left of 10 at the same distance from left + up − up-left.
  const png = pngOf([ihdr(2, 2, 8, 0), idat([0, ...row, 4, first, 1]), IEND]);
  expect((await decodePng(png)).data[12]).toBe(1);
});

test("pixel data may come in empty and tiny chunks", async () => {
  const whole = idat([0, 0b01000000, 0, 0b10000000]).data;
  const parts = Array.from(whole, (byte) => [chunk("IDAT", [byte]), chunk("IDAT")]).flat();
  const png = pngOf([ihdr(2, 2, 1, 0), ...parts, IEND]);
  expect(await decodePng(png)).toEqual(frameOf(".#", "#."));
});

test("of a grey transparent colour, only as many bits count as a sample has", async () => {
  const png = pngOf([ihdr(4, 1, 2, 0), chunk("tRNS", [0xff, 0b11111101]), idat([0, 0b00011011]), IEND]);
  const { data } = await decodePng(png);
  expect([data[3], data[7], data[11], data[15]]).toEqual([255, 0, 255, 255]);
});

test("a palette beside true colours is a suggestion and changes nothing", async () => {
  const png = pngOf([ihdr(1, 1, 8, 2), chunk("PLTE", [1, 2, 3]), idat([0, 255, 0, 0]), IEND]);
  expect(await decodePng(png)).toEqual(frameOf("r"));
});

test("unknown ancillary chunks are skipped, wherever they stand", async () => {
  const extra = chunk("abCd", [1, 2, 3]);
  const png = pngOf([ihdr(1, 1, 1, 0), extra, idat([0, 128]), extra, IEND]);
  expect(await decodePng(png)).toEqual(frameOf("#"));
});

test("a view into a larger buffer decodes", async () => {
  const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), IEND]);
  const larger = new Uint8Array(png.length + 10);
  larger.set(png, 3);
  expect(await decodePng(larger.subarray(3, 3 + png.length))).toEqual(frameOf("#"));
});

test("a PNG without texts is a picture but no cartridge", async () => {
  const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), IEND]);
  await expect(decodeCartridge(png)).rejects.toMatchObject({ code: "CARTRIDGE_NO_METADATA" });
});
