// The proof covers what viewers show: a file with anything that can change the display is not verified.

import { canonicalizeCartridge, encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  ascii,
  chunk,
  chunkBytes,
  chunksOf,
  compressedTextChunk,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  textChunk,
} from "./support/chunks.ts";
import { afterEmptyBlock } from "./support/empty-blocks.ts";

const program = "COLOR #ff8000\nRECT 1 0 2 1\nCOLOR #404040\nRECT 0 1 4 1\nHALT\n";
const options = { program, language: "1", createdAt: new Date("2026-11-24T04:05:06.789Z") };
const frame = renderProgram(program, { width: 4, height: 2 });
const render = renderProgram;

/** Returns big-endian 32-bit words. */
function words(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
}

const SRGB_CHRM = chunk("cHRM", words(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000));
const GAMA = chunk("gAMA", words(45455));
const SRGB = chunk("sRGB", [0]);

/** Returns the cartridge with chunks directly before PLTE, IDAT or IEND. */
async function cartridgeWith(before: "PLTE" | "IDAT" | "IEND", ...extra: readonly RawChunk[]) {
  const chunks = chunksOf(await encodeCartridge(frame, options));
  const at = chunks.findIndex(({ type }) => type === before);
  return pngOf(chunks.toSpliced(at, 0, ...extra));
}

/** Returns a file with this IHDR and pixel data, and the texts of a cartridge that shows `rgba`. */
async function cartridgeInForm(
  header: RawChunk,
  colors: readonly RawChunk[],
  scanlines: readonly number[],
): Promise<Uint8Array> {
  const texts = chunksOf(await encodeCartridge(frame, options)).filter(({ type }) => type === "tEXt");
  return pngOf([header, ...texts, ...colors, chunk("IDAT", deflateSync(Uint8Array.from(scanlines))), IEND]);
}

async function statusOf(png: Uint8Array): Promise<string> {
  return (await verifyCartridge(png, { render })).status;
}

describe("not-canonical: a chunk that can change the display", () => {
  const private_ = (type: string) => chunk(type, [1, 2, 3]);
  const exif = [77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const rows: readonly (readonly [string, "PLTE" | "IDAT" | "IEND", RawChunk])[] = [
    ["an animation", "IDAT", chunk("acTL", words(1, 0))],
    ["a frame of an animation", "IDAT", chunk("fcTL", new Uint8Array(26))],
    ["pixels of an animation", "IEND", chunk("fdAT", new Uint8Array(9))],
    ["an orientation", "IDAT", chunk("eXIf", exif)],
    ["an orientation after the pixels", "IEND", chunk("eXIf", exif)],
    ["a colour profile", "PLTE", chunk("iCCP", ascii("x\0\0nonsense"))],
    ["a colour space", "PLTE", chunk("cICP", [9, 16, 0, 1])],
    ["a mastering display", "PLTE", chunk("mDCv", new Uint8Array(24))],
    ["a light level", "PLTE", chunk("cLLi", new Uint8Array(8))],
    ["significant bits", "PLTE", chunk("sBIT", [5, 5, 5])],
    ["a suggested palette", "IDAT", chunk("sPLT", ascii("x\0\x08"))],
    ["a histogram", "IDAT", chunk("hIST", new Uint8Array(6))],
    ["an offset", "IDAT", chunk("oFFs", new Uint8Array(9))],
    ["a virtual page", "IDAT", chunk("vpAg", new Uint8Array(9))],
    ["a virtual canvas", "IDAT", chunk("caNv", new Uint8Array(16))],
    ["ImageMagick's orientation", "IDAT", chunk("orNT", [6])],
    ["Apple's offsets of pixel data", "PLTE", chunk("iDOT", new Uint8Array(28))],
    ["an unknown chunk", "IDAT", private_("prVt")],
    ["an unknown chunk at the end", "IEND", private_("zzZz")],
    ["another gamma", "PLTE", chunk("gAMA", words(100_000))],
    ["a gamma next to that of sRGB", "PLTE", chunk("gAMA", words(45_454))],
    ["a gamma of the wrong length", "PLTE", chunk("gAMA", words(45_455, 0))],
    [
      "other chromaticities",
      "PLTE",
      chunk("cHRM", words(31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
    ],
    ["another rendering intent", "PLTE", chunk("sRGB", [3])],
    ["a background outside the palette", "IDAT", chunk("bKGD", [200])],
    ["a background in another form", "IDAT", chunk("bKGD", [0, 0, 0, 0, 0, 0])],
    ["pixels that are not square", "IDAT", chunk("pHYs", [...words(1000, 2000), 1])],
    ["a density of nothing", "IDAT", chunk("pHYs", [...words(0, 0), 1])],
    ["a time of the wrong length", "IDAT", chunk("tIME", [1])],
    ["a profile in a text", "IDAT", textChunk("Raw profile type exif", "\nexif\n 26\n4d4d")],
    [
      "a profile in a compressed text",
      "IEND",
      compressedTextChunk("raw profile type APP1", "\nexif\n 26\n4d4d"),
    ],
    [
      "XMP with an orientation",
      "IDAT",
      chunk("iTXt", ascii('XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>')),
    ],
    ["XMP with an orientation in tEXt", "IDAT", textChunk("XML:com.adobe.xmp", '<x t:Orientation="6"/>')],
    ["compressed XMP", "IDAT", chunk("iTXt", ascii("XML:com.adobe.xmp\0\x01\0\0\0x"))],
    ["XMP in UTF-16", "IDAT", chunk("iTXt", ascii("XML:com.adobe.xmp\0\0\0\0\0<\0x\0"))],
    ["an orientation in a text", "IDAT", textChunk("exif:Orientation", "6")],
    ["a colour space in a text", "IDAT", textChunk("Colorspace", "CMYK")],
    ["a virtual page in a text", "IEND", textChunk("page", "200x200+50+50")],
    ["a transparent colour in a text", "IDAT", textChunk("transparency", "0")],
    ["a text without a valid keyword", "IDAT", chunk("tEXt", ascii(" gvpie\0{}"))],
    ["a text of an unknown compression", "IDAT", chunk("zTXt", ascii("Comment\0\x05x"))],
    ["one after the pixels", "IEND", chunk("zTXt", ascii("Comment\0\x01x"))],
    ["a compressed text of over 1 MiB", "IDAT", compressedTextChunk("Comment", new Uint8Array(2 ** 20 + 1))],
    ["one after the pixels", "IEND", compressedTextChunk("Comment", new Uint8Array(2 ** 22))],
    [
      "a compressed international text of over 1 MiB",
      "IDAT",
      chunk("iTXt", [...ascii("Comment\0\x01\0en\0t\0"), ...deflateSync(new Uint8Array(2 ** 21))]),
    ],
    [
      "texts of over 64 MiB together",
      "IDAT",
      chunk("tEXt", Buffer.concat([ascii("a\0"), Buffer.alloc(2 ** 26)])),
    ],
  ];

  test.each(rows)("%s", async (_, before, extra) => {
    const png = await cartridgeWith(before, extra);
    const { status, obstacles, explanation } = await verifyCartridge(png, { render });
    expect(status).toBe("not-canonical");
    const offset = Buffer.from(png).indexOf(chunkBytes(extra));
    expect(obstacles).toEqual([{ chunk: extra.type, offset, reason: expect.any(String) as string }]);
    expect(explanation).toContain(`${extra.type} at byte ${offset}: `);
    expect(explanation).toContain("gvpie canonicalize in.png -o out.png");
    expect(await canonicalizeCartridge(png)).toEqual(await encodeCartridge(frame, options));
  });

  test.each<[string, RawChunk, string]>([
    ["gAMA", chunk("gAMA", words(45_455, 0)), "expected 4 bytes, got 8"],
    ["sRGB", chunk("sRGB", [0, 0]), "expected 1 byte, got 2"],
    ["cHRM", chunk("cHRM", words(31270)), "expected 32 bytes, got 4"],
    ["pHYs", chunk("pHYs", words(1, 1)), "expected 9 bytes, got 8"],
    ["the unit of pHYs", chunk("pHYs", [...words(1, 1), 7]), "expected the unit 0 or 1, got 7"],
  ])("a reason never says that it expected what it got: %s", async (_, extra, reason) => {
    const { obstacles } = await verifyCartridge(await cartridgeWith("PLTE", extra), { render });
    expect(obstacles[0]?.reason).toContain(reason);
  });

  test("more than eight long compressed texts, which are not all inflated", async () => {
    const long = compressedTextChunk("Comment", new Uint8Array(2 ** 20));
    const texts = (count: number) => Array.from({ length: count }, () => long);
    expect(await statusOf(await cartridgeWith("IDAT", ...texts(8)))).toBe("verified");
    expect(await statusOf(await cartridgeWith("IDAT", ...texts(9)))).toBe("not-canonical");
  });

  test.each<[string, "PLTE" | "IDAT" | "IEND", RawChunk[]]>([
    ["gAMA", "PLTE", [GAMA, GAMA]],
    ["sRGB", "PLTE", [SRGB, SRGB]],
    ["tIME", "IEND", [chunk("tIME", new Uint8Array(7)), chunk("tIME", new Uint8Array(7))]],
  ])("a single chunk twice: %s", async (type, before, extra) => {
    const { status, obstacles } = await verifyCartridge(await cartridgeWith(before, ...extra), { render });
    expect(status).toBe("not-canonical");
    expect(obstacles.map(({ chunk }) => chunk)).toEqual([type]);
  });

  test.each<["IDAT" | "IEND", RawChunk]>([
    ["IDAT", GAMA],
    ["IDAT", SRGB_CHRM],
    ["IDAT", SRGB],
    ["IEND", chunk("pHYs", [...words(1, 1), 1])],
    ["IEND", chunk("bKGD", [0])],
  ])("a chunk out of order, before %s: %o", async (before, extra) => {
    expect(await statusOf(await cartridgeWith(before, extra))).toBe("not-canonical");
  });

  test("all of them are named, up to 16", async () => {
    const many = Array.from({ length: 40 }, () => private_("prVt"));
    const png = await cartridgeWith("IDAT", chunk("eXIf", exif), ...many);
    const { obstacles } = await verifyCartridge(png, { render });
    expect(obstacles).toHaveLength(16);
    expect(obstacles[0]?.chunk).toBe("eXIf");
  });
});

describe("not-canonical: a form that viewers convert in different ways", () => {
  const grey = (x: number) => [x, x, x, 255];
  /** A cartridge of 1 × 1 whose checksum matches `rgba`, and a renderer that draws it. */
  async function onePixel(
    header: RawChunk,
    colors: readonly RawChunk[],
    scanline: readonly number[],
    rgba: number[],
  ) {
    const data = Uint8ClampedArray.from(rgba);
    const record = '{"v":1,"program":"HALT","width":1,"height":1}';
    const png = pngOf([
      header,
      textChunk("checksum", createHash("sha256").update(data).digest("hex")),
      textChunk("gvpie", record),
      ...colors,
      chunk("IDAT", deflateSync(Uint8Array.from(scanline))),
      IEND,
    ]);
    return verifyCartridge(png, { render: () => ({ width: 1, height: 1, data }) });
  }

  test.each<[string, string, RawChunk, RawChunk[], number[], number[]]>([
    ["16-bit grey", "IHDR", ihdr(1, 1, 16, 0), [], [0, 7, 200], grey(7)],
    ["16-bit RGB", "IHDR", ihdr(1, 1, 16, 2), [], [0, 7, 0, 8, 0, 9, 0], [7, 8, 9, 255]],
    ["16-bit grey with alpha", "IHDR", ihdr(1, 1, 16, 4), [], [0, 7, 200, 9, 9], [7, 7, 7, 9]],
    ["16-bit RGBA", "IHDR", ihdr(1, 1, 16, 6), [], [0, 7, 0, 8, 0, 9, 0, 9, 0], [7, 8, 9, 9]],
    [
      "transparent grey of 4 bits",
      "tRNS",
      ihdr(1, 1, 4, 0),
      [chunk("tRNS", [0, 1])],
      [0, 16],
      [17, 17, 17, 0],
    ],
    [
      "transparent grey of 1 bit",
      "tRNS",
      ihdr(1, 1, 1, 0),
      [chunk("tRNS", [0, 1])],
      [0, 128],
      [255, 255, 255, 0],
    ],
    ["transparent grey over 8 bits", "tRNS", ihdr(1, 1, 8, 0), [chunk("tRNS", [1, 7])], [0, 7], [7, 7, 7, 0]],
    [
      "a transparent colour over 8 bits",
      "tRNS",
      ihdr(1, 1, 8, 2),
      [chunk("tRNS", [0, 7, 1, 8, 0, 9])],
      [0, 7, 8, 9],
      [7, 8, 9, 0],
    ],
    [
      "a palette in a picture of true colour",
      "PLTE",
      ihdr(1, 1, 8, 2),
      [chunk("PLTE", [1, 2, 3])],
      [0, 7, 8, 9],
      [7, 8, 9, 255],
    ],
    [
      "a background beyond 1-bit grey",
      "bKGD",
      ihdr(1, 1, 1, 0),
      [chunk("bKGD", [0, 2])],
      [0, 128],
      grey(255),
    ],
    ["a background beyond 4-bit grey", "bKGD", ihdr(1, 1, 4, 0), [chunk("bKGD", [0, 16])], [0, 16], grey(17)],
    ["a background beyond 8-bit grey", "bKGD", ihdr(1, 1, 8, 0), [chunk("bKGD", [1, 0])], [0, 7], grey(7)],
    [
      "a background beyond 8-bit colours",
      "bKGD",
      ihdr(1, 1, 8, 2),
      [chunk("bKGD", [0, 255, 0, 0, 255, 255])],
      [0, 7, 8, 9],
      [7, 8, 9, 255],
    ],
  ])("%s", async (_, type, header, colors, scanline, rgba) => {
    const { status, obstacles } = await onePixel(header, colors, scanline, rgba);
    expect([status, obstacles.map(({ chunk }) => chunk)]).toEqual(["not-canonical", [type]]);
  });

  test.each<[string, RawChunk, RawChunk[], number[], number[]]>([
    ["8-bit grey", ihdr(1, 1, 8, 0), [], [0, 7], grey(7)],
    ["4-bit grey", ihdr(1, 1, 4, 0), [], [0, 16], grey(17)],
    ["8-bit grey with alpha", ihdr(1, 1, 8, 4), [], [0, 7, 9], [7, 7, 7, 9]],
    ["transparent grey of 8 bits", ihdr(1, 1, 8, 0), [chunk("tRNS", [0, 7])], [0, 7], [7, 7, 7, 0]],
    [
      "a transparent colour of 8 bits",
      ihdr(1, 1, 8, 2),
      [chunk("tRNS", [0, 7, 0, 8, 0, 9])],
      [0, 7, 8, 9],
      [7, 8, 9, 0],
    ],
    ["an interlaced picture", ihdr(1, 1, 8, 2, [0, 0, 1]), [], [0, 7, 8, 9], [7, 8, 9, 255]],
    ["a background of 1-bit grey", ihdr(1, 1, 1, 0), [chunk("bKGD", [0, 1])], [0, 128], grey(255)],
    ["a background of 8 bits", ihdr(1, 1, 8, 0), [chunk("bKGD", [0, 255])], [0, 7], grey(7)],
  ])("but verified: %s", async (_, header, colors, scanline, rgba) => {
    expect((await onePixel(header, colors, scanline, rgba)).status).toBe("verified");
  });
});

describe("not-canonical: pixel data of which some viewers show a part: a small window (libpng), a block with one code (Chromium)", () => {
  const tall = renderProgram("RECT 0 0 1 1", { width: 512, height: 600, background: "#12345680" });
  /** Returns a cartridge whose zlib stream states a window of 2^`bits` bytes, the first in an IDAT chunk of its own. */
  async function withWindow(bits: number): Promise<Uint8Array> {
    const chunks = chunksOf(
      await encodeCartridge(tall, { program: "RECT 0 0 1 1", language: "1", background: "#12345680" }),
    );
    const at = chunks.findIndex(({ type }) => type === "IDAT");
    const stream = (chunks[at] as RawChunk).data.slice();
    stream[0] = ((bits - 8) << 4) | 8;
    stream[1] = 31 - ((stream[0] * 256) % 31);
    const data = [stream.subarray(0, 0), stream.subarray(0, 1), stream.subarray(1)];
    return pngOf(chunks.toSpliced(at, 1, ...data.map((part) => chunk("IDAT", part))));
  }

  test.each([
    [15, "verified"],
    [14, "not-canonical"],
    [8, "not-canonical"],
  ])("a window of 2^%i bytes: %s", async (bits, status) => {
    const verification = await verifyCartridge(await withWindow(bits), { render });
    expect(verification.status).toBe(status);
    expect(verification.obstacles.map(({ chunk }) => chunk)).toEqual(status === "verified" ? [] : ["IDAT"]);
  });

  test.each([
    ["dynamic", "not-canonical"],
    ["fixed", "verified"],
    ["stored", "verified"],
  ] as const)("an empty block before the data, %s: %s", async (kind, expected) => {
    const chunks = chunksOf(await encodeCartridge(frame, options));
    const png = pngOf(
      chunks.map(({ type, data }) =>
        type === "IDAT" ? chunk(type, afterEmptyBlock(kind, inflateSync(data))) : { type, data },
      ),
    );
    const { status, obstacles } = await verifyCartridge(png, { render });
    expect(status).toBe(expected);
    expect(obstacles.map(({ chunk }) => chunk)).toEqual(expected === "verified" ? [] : ["IDAT"]);
  });

  test("a window that covers a small picture, as libpng writes it: verified", async () => {
    const chunks = chunksOf(await encodeCartridge(frame, options)).map(({ type, data }) =>
      type === "IDAT" ? chunk(type, [0x08, 0x1d, ...data.subarray(2)]) : { type, data },
    );
    expect(await statusOf(pngOf(chunks))).toBe("verified");
  });
});

describe("verified: chunks that other programs write when they save a cartridge again", () => {
  test.each<[string, "PLTE" | "IDAT" | "IEND", RawChunk[]]>([
    ["the gamma of sRGB", "PLTE", [GAMA]],
    ["the chromaticities of sRGB", "PLTE", [SRGB_CHRM]],
    ["sRGB", "PLTE", [SRGB]],
    ["sRGB with its gamma and chromaticities", "PLTE", [GAMA, SRGB_CHRM, SRGB]],
    ["a background", "IDAT", [chunk("bKGD", [1])]],
    ["a time", "IDAT", [chunk("tIME", [7, 234, 11, 27, 17, 6, 10])]],
    ["a time at the end", "IEND", [chunk("tIME", [7, 234, 11, 27, 17, 6, 10])]],
    ["a density", "IDAT", [chunk("pHYs", [...words(2834, 2834), 1])]],
    ["an aspect ratio of 1", "IDAT", [chunk("pHYs", [...words(1, 1), 0])]],
    [
      "ImageMagick's dates",
      "IEND",
      [textChunk("date:create", "x"), textChunk("date:modify", "x"), textChunk("date:timestamp", "x")],
    ],
    [
      "texts of any name",
      "IDAT",
      [textChunk("Title", "x"), textChunk("Comment", "y"), textChunk("parameters", "z")],
    ],
    ["international texts", "IDAT", [chunk("iTXt", ascii("Title\0\0\0de\0Titel\0x"))]],
    ["XMP without an orientation", "IDAT", [chunk("iTXt", ascii("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>"))]],
  ])("%s", async (_, before, extra) => {
    const verification = await verifyCartridge(await cartridgeWith(before, ...extra), { render });
    expect(verification).toMatchObject({ status: "verified", obstacles: [], remarks: [] });
  });

  test("texts after the pixels", async () => {
    const chunks = chunksOf(await encodeCartridge(frame, options));
    const texts = chunks.filter(({ type }) => type === "tEXt");
    const rest = chunks.filter(({ type }) => type !== "tEXt");
    expect(await statusOf(pngOf(rest.toSpliced(-1, 0, ...texts)))).toBe("verified");
  });

  test("with a remark: ImageMagick's gAMA and cHRM without sRGB, if Chromium shows a shade differently", async () => {
    const { status, explanation, remarks } = await verifyCartridge(
      await cartridgeWith("PLTE", GAMA, SRGB_CHRM),
      { render },
    );
    expect(status).toBe("verified");
    expect(remarks).toMatchObject([{ chunk: "gAMA" }]);
    expect(explanation).toContain("Chromium");
    const white = await encodeCartridge(renderProgram("RECT 0 0 1 1"), {
      program: "RECT 0 0 1 1",
      language: "1",
    });
    const [header, ...rest] = chunksOf(white) as [RawChunk, ...RawChunk[]];
    const png = pngOf([header, GAMA, SRGB_CHRM, ...rest]);
    expect(await verifyCartridge(png, { render })).toMatchObject({ status: "verified", remarks: [] });
  });
});

test("canonical forms of a whole picture: grey, palette, true colour", async () => {
  const rows = (pixel: (x: number, y: number) => readonly number[]) =>
    [0, 1].flatMap((y) => [0, ...[0, 1, 2, 3].flatMap((x) => pixel(x, y))]);
  const rgba = (x: number, y: number) => [...frame.data.subarray((y * 4 + x) * 4, (y * 4 + x) * 4 + 4)];
  const rgb = (x: number, y: number) => rgba(x, y).slice(0, 3);
  expect(await statusOf(await cartridgeInForm(ihdr(4, 2, 8, 2), [], rows(rgb)))).toBe("verified");
  expect(await statusOf(await cartridgeInForm(ihdr(4, 2, 8, 6), [], rows(rgba)))).toBe("verified");
});
