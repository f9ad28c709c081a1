import {
  CartridgeError,
  type CartridgeErrorCode,
  decodeCartridge,
  decodePng,
  encodeCartridge,
  type PngLimits,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { deflateSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { platform } from "../src/platform.node.ts";
import {
  ascii,
  chunk,
  chunkBytes,
  chunksOf,
  compressedTextChunk,
  concat,
  idat,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  SIGNATURE,
  textChunk,
  u32,
} from "./support/chunks.ts";
import { EMPTY_BLOCK_KINDS, type EmptyBlockKind, emptyBlocks } from "./support/empty-blocks.ts";
import { frameOf } from "./support/frames.ts";

const HEADER = ihdr(2, 2, 1, 0);
const PIXELS = idat([0, 0b01000000, 0, 0b10000000]);
const INDEXED = ihdr(2, 2, 2, 3);
const INDEXED_PIXELS = idat([0, 0b00010000, 0, 0b01000000]);
const PALETTE = chunk("PLTE", [255, 0, 0, 0, 255, 0, 0, 0, 255]);
const CHECKSUM = textChunk("checksum", "0".repeat(64));
const VALID = pngOf([HEADER, PIXELS, IEND]);

/** `VALID` with one byte changed. */
function withByte(at: number, change: (byte: number) => number): Uint8Array {
  return VALID.map((byte, i) => (i === at ? change(byte) : byte));
}

type Case = [name: string, code: CartridgeErrorCode, bytes: Uint8Array, limits?: Partial<PngLimits>];

const CASES: readonly Case[] = [
  ["nothing", "CARTRIDGE_NOT_PNG", new Uint8Array()],
  ["text", "CARTRIDGE_NOT_PNG", ascii("TXT 10 10 Hello GPU")],
  ["a JPEG", "CARTRIDGE_NOT_PNG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70)],
  [
    "a PNG whose line ends were translated",
    "CARTRIDGE_NOT_PNG",
    concat([137, 80, 78, 71, 10, 26, 10], VALID.subarray(8)),
  ],

  ["the signature alone", "CARTRIDGE_TRUNCATED", SIGNATURE],
  ["no IEND", "CARTRIDGE_TRUNCATED", pngOf([HEADER, PIXELS])],
  ["half a chunk header", "CARTRIDGE_TRUNCATED", VALID.subarray(0, -9)],
  ["a file without its last byte", "CARTRIDGE_TRUNCATED", VALID.subarray(0, -1)],
  [
    "a length one too large",
    "CARTRIDGE_TRUNCATED",
    concat(
      SIGNATURE,
      chunkBytes(HEADER),
      u32(PIXELS.data.length + 13),
      chunkBytes(PIXELS).subarray(4),
      chunkBytes(IEND),
    ),
  ],
  [
    "a length of 4 GiB",
    "CARTRIDGE_TRUNCATED",
    concat(SIGNATURE, u32(0xffffffff), chunkBytes(HEADER).subarray(4)),
  ],

  ["a changed CRC of IHDR", "CARTRIDGE_BAD_CRC", withByte(29, (byte) => byte ^ 1)],
  ["a changed width", "CARTRIDGE_BAD_CRC", withByte(19, () => 3)],
  ["a changed byte of pixel data", "CARTRIDGE_BAD_CRC", withByte(33 + 8 + 4, (byte) => byte ^ 1)],
  [
    "a length one too small",
    "CARTRIDGE_BAD_CRC",
    concat(
      SIGNATURE,
      chunkBytes(HEADER),
      u32(PIXELS.data.length - 1),
      chunkBytes(PIXELS).subarray(4),
      chunkBytes(IEND),
    ),
  ],
  ["a changed CRC of IEND", "CARTRIDGE_BAD_CRC", withByte(VALID.length - 1, (byte) => byte ^ 1)],

  ["no pixels in width", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(0, 2, 1, 0), PIXELS, IEND])],
  ["no pixels in height", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 0, 1, 0), PIXELS, IEND])],
  [
    "an IHDR of 12 bytes",
    "CARTRIDGE_BAD_HEADER",
    pngOf([chunk("IHDR", HEADER.data.subarray(1)), PIXELS, IEND]),
  ],
  [
    "an IHDR of 14 bytes",
    "CARTRIDGE_BAD_HEADER",
    pngOf([chunk("IHDR", concat(HEADER.data, [0])), PIXELS, IEND]),
  ],
  ["colour type 1", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 8, 1), PIXELS, IEND])],
  ["colour type 7", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 8, 7), PIXELS, IEND])],
  ["depth 0", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 0, 0), PIXELS, IEND])],
  ["depth 3", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 3, 0), PIXELS, IEND])],
  ["RGBA of depth 4", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 4, 6), PIXELS, IEND])],
  ["a palette of depth 16", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 16, 3), PALETTE, PIXELS, IEND])],
  ["compression 1", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 1, 0, [1, 0, 0]), PIXELS, IEND])],
  ["filter method 64", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 1, 0, [0, 64, 0]), PIXELS, IEND])],
  ["interlace 2", "CARTRIDGE_BAD_HEADER", pngOf([ihdr(2, 2, 1, 0, [0, 0, 2]), PIXELS, IEND])],

  ["pixel data first", "CARTRIDGE_BAD_CHUNK", pngOf([PIXELS, HEADER, IEND])],
  ["IEND first", "CARTRIDGE_BAD_CHUNK", pngOf([IEND])],
  ["no pixel data", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, IEND])],
  ["two headers", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, HEADER, PIXELS, IEND])],
  ["a header after the pixels", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, PIXELS, HEADER, IEND])],
  ["pixel data in two places", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, PIXELS, CHECKSUM, PIXELS, IEND])],
  ["an unknown critical chunk", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, chunk("ABCD"), PIXELS, IEND])],
  ["a chunk type with a digit", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, chunk("ab1d"), PIXELS, IEND])],
  ["an IEND with data", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, PIXELS, chunk("IEND", [0])])],
  ["no palette", "CARTRIDGE_BAD_CHUNK", pngOf([INDEXED, INDEXED_PIXELS, IEND])],
  ["two palettes", "CARTRIDGE_BAD_CHUNK", pngOf([INDEXED, PALETTE, PALETTE, INDEXED_PIXELS, IEND])],
  [
    "a palette after the pixels",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([ihdr(1, 1, 8, 2), idat([0, 1, 2, 3]), PALETTE, IEND]),
  ],
  ["a palette of a grey picture", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, PALETTE, PIXELS, IEND])],
  ["an empty palette", "CARTRIDGE_BAD_CHUNK", pngOf([INDEXED, chunk("PLTE"), INDEXED_PIXELS, IEND])],
  [
    "a palette of 4 bytes",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, chunk("PLTE", [1, 2, 3, 4]), INDEXED_PIXELS, IEND]),
  ],
  [
    "more colours than indexes",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, chunk("PLTE", new Uint8Array(15)), INDEXED_PIXELS, IEND]),
  ],
  [
    "257 colours",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([ihdr(1, 1, 8, 2), chunk("PLTE", new Uint8Array(771)), idat([0, 1, 2, 3]), IEND]),
  ],
  [
    "transparency before the palette",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, chunk("tRNS", [1]), PALETTE, INDEXED_PIXELS, IEND]),
  ],
  [
    "transparency twice",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, PALETTE, chunk("tRNS", [1]), chunk("tRNS", [1]), INDEXED_PIXELS, IEND]),
  ],
  [
    "transparency after the pixels",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([HEADER, PIXELS, chunk("tRNS", [0, 1]), IEND]),
  ],
  [
    "transparency beside alpha",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([ihdr(1, 1, 8, 6), chunk("tRNS", [0, 1]), idat([0, 1, 2, 3, 4]), IEND]),
  ],
  [
    "more transparency than colours",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, PALETTE, chunk("tRNS", [1, 2, 3, 4]), INDEXED_PIXELS, IEND]),
  ],
  [
    "empty transparency",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([INDEXED, PALETTE, chunk("tRNS"), INDEXED_PIXELS, IEND]),
  ],
  ["grey transparency of 1 byte", "CARTRIDGE_BAD_CHUNK", pngOf([HEADER, chunk("tRNS", [1]), PIXELS, IEND])],
  [
    "true-colour transparency of 2 bytes",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([ihdr(1, 1, 8, 2), chunk("tRNS", [0, 1]), idat([0, 1, 2, 3]), IEND]),
  ],
  [
    "a palette between transparency and pixels",
    "CARTRIDGE_BAD_CHUNK",
    pngOf([ihdr(1, 1, 8, 2), chunk("tRNS", [0, 1, 0, 1, 0, 1]), PALETTE, idat([0, 1, 2, 3]), IEND]),
  ],
  ["one byte after the end", "CARTRIDGE_TRAILING_BYTES", concat(VALID, [0])],
  ["another PNG after the end", "CARTRIDGE_TRAILING_BYTES", concat(VALID, VALID)],

  ["empty pixel data", "CARTRIDGE_BAD_PIXELS", pngOf([HEADER, chunk("IDAT"), IEND])],
  [
    "pixel data that is not a zlib stream",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([HEADER, chunk("IDAT", ascii("hello")), IEND]),
  ],
  [
    "pixel data cut short",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([HEADER, chunk("IDAT", PIXELS.data.subarray(0, -5)), IEND]),
  ],
  [
    "pixel data with a wrong Adler-32",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([
      HEADER,
      chunk(
        "IDAT",
        PIXELS.data.map((byte, i) => (i === PIXELS.data.length - 1 ? byte ^ 1 : byte)),
      ),
      IEND,
    ]),
  ],
  [
    "bytes after the pixel data",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([HEADER, chunk("IDAT", concat(PIXELS.data, [0])), IEND]),
  ],
  [
    "bytes after the pixel data, in a chunk of their own",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([HEADER, PIXELS, chunk("IDAT", [0]), IEND]),
  ],
  ["one row missing", "CARTRIDGE_BAD_PIXELS", pngOf([HEADER, idat([0, 0]), IEND])],
  ["one row too many", "CARTRIDGE_BAD_PIXELS", pngOf([HEADER, idat([0, 0, 0, 0, 0, 0]), IEND])],
  ["one byte too many", "CARTRIDGE_BAD_PIXELS", pngOf([HEADER, idat([0, 0, 0, 0, 0]), IEND])],
  ["filter 5", "CARTRIDGE_BAD_PIXELS", pngOf([HEADER, idat([0, 0, 5, 0]), IEND])],
  [
    "a colour outside the palette",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([INDEXED, PALETTE, idat([0, 0, 0, 0b00110000]), IEND]),
  ],
  [
    "64 MiB behind a header of 4 pixels",
    "CARTRIDGE_BAD_PIXELS",
    pngOf([HEADER, chunk("IDAT", deflateSync(new Uint8Array(64 * 1024 * 1024))), IEND]),
  ],
  ["16 million pixels in 12 bytes", "CARTRIDGE_BAD_PIXELS", pngOf([ihdr(4096, 4096, 8, 6), PIXELS, IEND])],

  ["a side of 16,385", "CARTRIDGE_LIMIT", pngOf([ihdr(16_385, 1, 1, 0), PIXELS, IEND])],
  ["2³² − 1 pixels in height", "CARTRIDGE_LIMIT", pngOf([ihdr(1, 0xffffffff, 1, 0), PIXELS, IEND])],
  ["a pixel over 16,777,216", "CARTRIDGE_LIMIT", pngOf([ihdr(4097, 4096, 1, 0), PIXELS, IEND])],
  [
    "a pixel over the hard limit",
    "CARTRIDGE_LIMIT",
    pngOf([ihdr(8193, 8192, 1, 0), PIXELS, IEND]),
    { pixels: 2 ** 40 },
  ],
  ["a pixel over the caller's limit", "CARTRIDGE_LIMIT", VALID, { pixels: 3 }],
  ["a side over the caller's limit", "CARTRIDGE_LIMIT", VALID, { side: 1 }],
  ["a file over the caller's limit", "CARTRIDGE_LIMIT", VALID, { fileBytes: VALID.length - 1 }],
];

describe("rejects a hostile PNG", () => {
  test.each<Case>(CASES)("%s: %s", async (_, code, bytes, limits = {}) => {
    const error: unknown = await decodePng(bytes, { limits }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CartridgeError);
    expect(error).toMatchObject({ name: "CartridgeError", code });
    expect((error as CartridgeError).message.length).toBeLessThan(200);
    const render = () => frameOf("#");
    await expect(verifyCartridge(bytes, { limits, render })).rejects.toMatchObject({ code });
  });

  test("reads a file at the limits", async () => {
    const png = pngOf([HEADER, PIXELS, IEND]);
    const limits = { fileBytes: png.length, side: 2, pixels: 4 };
    expect(await decodePng(png, { limits })).toEqual(frameOf(".#", "#."));
  });
});

describe("rejects hostile texts", () => {
  const texts: readonly (readonly [string, CartridgeErrorCode, RawChunk[]])[] = [
    ["no texts", "CARTRIDGE_NO_METADATA", []],
    [
      "only texts of other kinds",
      "CARTRIDGE_NO_METADATA",
      [textChunk("Software", "x"), textChunk("Title", "y")],
    ],
    ["a lone checksum over 64 KiB", "CARTRIDGE_NO_METADATA", [textChunk("checksum", "0".repeat(65_537))]],
    [
      "a lone checksum that inflates to 64 MiB",
      "CARTRIDGE_NO_METADATA",
      [compressedTextChunk("checksum", new Uint8Array(2 ** 26))],
    ],
    [
      "a type that inflates to 64 MiB",
      "CARTRIDGE_LIMIT",
      [compressedTextChunk("cartridge_type", new Uint8Array(2 ** 26))],
    ],
    ["an unknown compression", "CARTRIDGE_BAD_METADATA", [chunk("zTXt", ascii("gvpie\0\x01"))]],
    [
      "a record that inflates to 64 MiB",
      "CARTRIDGE_LIMIT",
      [compressedTextChunk("gvpie", new Uint8Array(2 ** 26))],
    ],
    ["a damaged record", "CARTRIDGE_BAD_METADATA", [chunk("zTXt", ascii("gvpie\0\0nonsense"))]],
    ["a record twice", "CARTRIDGE_BAD_METADATA", [textChunk("gvpie", "{}"), textChunk("gvpie", "{}")]],
    ["a record that is not JSON", "CARTRIDGE_BAD_METADATA", [textChunk("gvpie", "{'v':1}")]],
    ["a later version", "CARTRIDGE_UNSUPPORTED", [textChunk("gvpie", '{"v":99}')]],
    ["another type", "CARTRIDGE_UNSUPPORTED", [textChunk("cartridge_type", "x".repeat(60_000))]],
  ];
  test.each(texts)("%s: %s", async (_, code, chunks) => {
    const png = pngOf([HEADER, ...chunks, PIXELS, IEND]);
    const expected = expect.objectContaining({ name: "CartridgeError", code }) as Error;
    expect(() => readCartridgeMetadata(png)).toThrowError(expected);
    await expect(decodeCartridge(png)).rejects.toThrowError(expected);
    expect(await decodePng(png)).toEqual(frameOf(".#", "#."));
  });

  test("pixels that do not match the checksum: CARTRIDGE_CHECKSUM_MISMATCH", async () => {
    const png = pngOf([HEADER, textChunk("cartridge_type", "pixel"), CHECKSUM, PIXELS, IEND]);
    await expect(decodeCartridge(png)).rejects.toMatchObject({ code: "CARTRIDGE_CHECKSUM_MISMATCH" });
    expect(readCartridgeMetadata(png).checksum).toBe("0".repeat(64));
  });
});

describe("rejects streams of empty deflate blocks", () => {
  const keywords = ["cartridge_type", "checksum", "created_at", "Software", "gvpie"];
  /** Returns a zTXt chunk of 1 MiB that inflates to no bytes. */
  const emptyText = (keyword: string, kind: EmptyBlockKind) => {
    const prefix = ascii(`${keyword}\0\0`);
    return chunk("zTXt", Buffer.concat([prefix, emptyBlocks(kind, 2 ** 20 - prefix.length)]));
  };

  test.each(EMPTY_BLOCK_KINDS)("five texts of 1 MiB, without inflating any: %s", (kind) => {
    const png = pngOf([HEADER, ...keywords.map((keyword) => emptyText(keyword, kind)), PIXELS, IEND]);
    const inflateSync = vi.spyOn(platform, "inflateSync");
    expect(() => readCartridgeMetadata(png)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_LIMIT" }),
    );
    expect(inflateSync).not.toHaveBeenCalled();
    inflateSync.mockRestore();
  });

  test.each(EMPTY_BLOCK_KINDS)("a record of 1 MiB, inflated once: %s", (kind) => {
    const png = pngOf([HEADER, emptyText("gvpie", kind), PIXELS, IEND]);
    const inflateSync = vi.spyOn(platform, "inflateSync");
    expect(() => readCartridgeMetadata(png)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
    expect(inflateSync).toHaveBeenCalledTimes(1);
    inflateSync.mockRestore();
  });

  test.each(EMPTY_BLOCK_KINDS)("pixel data of 5 MiB: %s", async (kind) => {
    const png = pngOf([HEADER, chunk("IDAT", emptyBlocks(kind, 5 * 2 ** 20)), IEND]);
    await expect(decodePng(png)).rejects.toMatchObject({ code: "CARTRIDGE_BAD_PIXELS" });
  });
});

test("allocates no more for a bomb than for the picture in its header", async () => {
  const bomb = pngOf([
    ihdr(1024, 1024, 8, 6),
    chunk("IDAT", deflateSync(new Uint8Array(256 * 1024 * 1024), { level: 9 })),
    IEND,
  ]);
  const before = process.memoryUsage().rss;
  await expect(decodePng(bomb)).rejects.toMatchObject({ code: "CARTRIDGE_BAD_PIXELS" });
  expect(process.memoryUsage().rss - before).toBeLessThan(2 * 1024 * 1024 * 4 + 2 ** 22);
});

test("rejects pixel data that is too short for the picture before it inflates", async () => {
  await expect(decodePng(pngOf([ihdr(4096, 4096, 8, 6), PIXELS, IEND]))).rejects.toThrow(
    /expected pixel data of 67112960 bytes, got a stream of \d+ bytes, too short to inflate to that/,
  );
});

test.each([{ pixels: -1 }, { textBytes: 1.5 }, { side: Number.NaN }])(
  "rejects the limits %o with a RangeError",
  async (limits) => {
    await expect(decodePng(VALID, { limits })).rejects.toThrow(RangeError);
  },
);

test("reports each chunk of a cartridge that is missing or repeated", async () => {
  const program = "RECT 0 0 2 2";
  const frame = renderProgram(program, { width: 20, height: 4, background: "#ff000080" });
  const chunks = chunksOf(await encodeCartridge(frame, { program, language: "1", background: "#ff000080" }));
  const outcome = (changed: readonly RawChunk[]) =>
    verifyCartridge(pngOf(changed), { render: renderProgram }).then(
      ({ status }) => status,
      (error: unknown) => (error as CartridgeError).code,
    );
  const outcomes: string[][] = [];
  for (const [i, part] of chunks.entries()) {
    const [keyword = ""] = String.fromCharCode(...part.data).split("\0");
    const name = part.type === "tEXt" ? keyword : part.type;
    outcomes.push([name, await outcome(chunks.toSpliced(i, 1)), await outcome(chunks.toSpliced(i, 0, part))]);
  }
  expect(outcomes).toEqual([
    ["IHDR", "CARTRIDGE_BAD_CHUNK", "CARTRIDGE_BAD_CHUNK"],
    ["cartridge_type", "verified", "CARTRIDGE_BAD_METADATA"],
    ["checksum", "stripped", "CARTRIDGE_BAD_METADATA"],
    ["created_at", "verified", "verified"],
    ["Software", "verified", "verified"],
    ["gvpie", "no-program", "CARTRIDGE_BAD_METADATA"],
    ["PLTE", "CARTRIDGE_BAD_CHUNK", "CARTRIDGE_BAD_CHUNK"],
    ["tRNS", "checksum-mismatch", "CARTRIDGE_BAD_CHUNK"],
    ["IDAT", "CARTRIDGE_BAD_CHUNK", "CARTRIDGE_BAD_PIXELS"],
    ["IEND", "CARTRIDGE_TRUNCATED", "CARTRIDGE_TRAILING_BYTES"],
  ]);
});
