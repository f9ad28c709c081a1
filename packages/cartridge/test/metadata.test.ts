import { type CartridgeMetadata, encodeCartridge, readCartridgeMetadata } from "@gvpie/cartridge";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  chunksOf,
  compressedTextChunk,
  idat,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  textChunk,
} from "./support/chunks.ts";
import { frameOf } from "./support/frames.ts";

const checksum = "0".repeat(64);
const createdAt = new Date("2026-11-24T04:05:06.789Z");

/** A picture of one white pixel with these chunks before the pixel data. */
function cartridgeWith(...texts: readonly RawChunk[]): Uint8Array {
  return pngOf([ihdr(1, 1, 1, 0), ...texts, idat([0, 128]), IEND]);
}

function recordWith(json: string): Uint8Array {
  return cartridgeWith(textChunk("checksum", checksum), textChunk("gvpie", json));
}

test("reads the metadata that encodeCartridge writes", async () => {
  const program = "TXT 0 0 é😀\nHALT";
  const png = await encodeCartridge(frameOf("#."), {
    program,
    createdAt,
    language: "2",
    background: "#123",
    params: { n: -1.5, __proto__x: "y", "1": 1 },
    engine: "raster-cpu",
  });
  expect(readCartridgeMetadata(png)).toEqual<CartridgeMetadata>({
    width: 2,
    height: 1,
    cartridgeType: "pixel",
    checksum: createHash("sha256").update(frameOf("#.").data).digest("hex"),
    createdAt,
    software: "@gvpie/cartridge",
    gvpie: {
      program,
      programSha256: undefined,
      language: "2",
      width: 2,
      height: 1,
      background: "#123",
      params: { n: -1.5, __proto__x: "y", "1": 1 },
      engine: "raster-cpu",
      limits: undefined,
      animation: undefined,
    },
  });
});

test("reads an old cartridge with three texts", () => {
  const png = cartridgeWith(
    textChunk("cartridge_type", "pixel"),
    textChunk("checksum", checksum),
    textChunk("created_at", "1700000000"),
  );
  expect(readCartridgeMetadata(png)).toEqual<CartridgeMetadata>({
    width: 1,
    height: 1,
    cartridgeType: "pixel",
    checksum,
    createdAt: new Date(1_700_000_000_000),
    software: undefined,
    gvpie: undefined,
  });
});

test("reads texts after the pixels", () => {
  const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), textChunk("checksum", checksum), IEND]);
  expect(readCartridgeMetadata(png).checksum).toBe(checksum);
});

test.each([
  ["1700000000", "2023-11-14T22:13:20.000Z"],
  ["1700000000.25", "2023-11-14T22:13:20.250Z"],
  ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000Z"],
  ["2023-11-14T23:13:20.5+01:00", "2023-11-14T22:13:20.500Z"],
  ["2023-11-14 22:13:20", undefined],
  ["2023-13-14T22:13:20Z", undefined],
  ["99999999999999999999", undefined],
  ["-1", undefined],
  ["", undefined],
  ["soon", undefined],
])("reads created_at %j as %s", (text, expected) => {
  const metadata = readCartridgeMetadata(
    cartridgeWith(textChunk("checksum", checksum), textChunk("created_at", text)),
  );
  expect(metadata.createdAt?.toISOString()).toBe(expected);
});

describe("long programs", () => {
  const encode = (length: number) =>
    encodeCartridge(frameOf("#"), { createdAt, program: "#".repeat(length), language: "1" });
  const recordType = (png: Uint8Array) =>
    chunksOf(png)
      .filter(({ data }) => String.fromCharCode(...data.subarray(0, 6)) === "gvpie\0")
      .map(({ type }) => type);
  /** Bytes of the `gvpie` text without the program. */
  const rest = '{"v":1,"program":"","language":"1","width":1,"height":1,"background":"#000000ff","params":{}}'
    .length;

  test.each([
    [48 * 1024 - rest, "tEXt"],
    [48 * 1024 - rest + 1, "zTXt"],
    [1024 * 1024 - rest, "zTXt"],
  ])("%i bytes are written as %s", async (length, type) => {
    const png = await encode(length);
    expect(recordType(png)).toEqual([type]);
    expect(readCartridgeMetadata(png).gvpie?.program).toBe("#".repeat(length));
  });

  test("a longer program is replaced by its SHA-256", async () => {
    const length = 1024 * 1024 - rest + 1;
    const png = await encode(length);
    expect(recordType(png)).toEqual(["tEXt"]);
    expect(readCartridgeMetadata(png).gvpie).toMatchObject({
      program: undefined,
      programSha256: createHash("sha256").update("#".repeat(length)).digest("hex"),
    });
  });
});

describe("the gvpie text", () => {
  test("ignores unknown keys and fills in defaults", () => {
    expect(
      readCartridgeMetadata(recordWith('{"v":1,"width":1,"height":1,"colour":"x","__proto__":{}}')).gvpie,
    ).toEqual({
      program: undefined,
      programSha256: undefined,
      language: "1",
      width: 1,
      height: 1,
      background: "#000000ff",
      params: {},
      engine: undefined,
      limits: undefined,
    });
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "[".repeat(100_000),
    "{}",
    '{"v":"1","width":1,"height":1}',
    '{"v":0,"width":1,"height":1}',
    '{"v":1}',
    '{"v":1,"width":0,"height":1}',
    '{"v":1,"width":1,"height":1.5}',
    '{"v":1,"width":"1","height":1}',
    '{"v":1,"width":1,"height":1,"program":1}',
    '{"v":1,"width":1,"height":1,"program":null}',
    '{"v":1,"width":1,"height":1,"programSha256":"abc"}',
    '{"v":1,"width":1,"height":1,"language":1}',
    '{"v":1,"width":1,"height":1,"background":0}',
    '{"v":1,"width":1,"height":1,"engine":{}}',
    '{"v":1,"width":1,"height":1,"params":[]}',
    '{"v":1,"width":1,"height":1,"params":{"a":true}}',
    '{"v":1,"width":1,"height":1,"params":{"a":1e999}}',
  ])("rejects %.60s", (json) => {
    expect(() => readCartridgeMetadata(recordWith(json))).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
  });

  test("rejects a later version: CARTRIDGE_UNSUPPORTED", () => {
    expect(() => readCartridgeMetadata(recordWith('{"v":2}'))).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_UNSUPPORTED" }),
    );
  });
});

test("rejects another type of cartridge: CARTRIDGE_UNSUPPORTED", () => {
  expect(() => readCartridgeMetadata(cartridgeWith(textChunk("cartridge_type", "audio")))).toThrowError(
    expect.objectContaining({ code: "CARTRIDGE_UNSUPPORTED" }),
  );
});

test("rejects a text that occurs twice, compressed or not", () => {
  for (const second of [textChunk("checksum", checksum), compressedTextChunk("checksum", "1".repeat(64))]) {
    const png = cartridgeWith(textChunk("cartridge_type", "pixel"), textChunk("checksum", checksum), second);
    expect(() => readCartridgeMetadata(png)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
  }
});

test("ignores repeated and damaged texts with other keywords", () => {
  const damaged = { type: "zTXt", data: Uint8Array.from([67, 0, 0, 1, 2, 3]) };
  const png = cartridgeWith(
    damaged,
    damaged,
    textChunk("checksum", checksum),
    textChunk("C", "a"),
    textChunk("C", "b"),
  );
  expect(readCartridgeMetadata(png).checksum).toBe(checksum);
});

describe("the first bytes of a file", () => {
  const options = { createdAt, program: "TXT 0 0 é\nHALT", language: "1", engine: "raster-cpu" };
  const cartridges: [string, () => Promise<Uint8Array>][] = [
    ["black and white", () => encodeCartridge(frameOf("#."), options)],
    ["a palette with alpha", () => encodeCartridge(frameOf("# # # # #", "         "), options)],
    [
      "a compressed record",
      () => encodeCartridge(frameOf("#."), { ...options, program: longProgram, language: "1" }),
    ],
  ];
  /** Long enough to be compressed, and then short enough to be cut at every byte. */
  const longProgram = `${"# a comment\n".repeat(5000)}HALT`;

  test.each(cartridges)(
    "give all metadata if they include the type of IDAT, else a typed error: %s",
    async (_, encode) => {
      const png = await encode();
      const whole = readCartridgeMetadata(png);
      const pixels = Buffer.from(png).indexOf("IDAT") + 4;
      for (let length = 0; length < pixels; length++) {
        const code = length < 8 ? "CARTRIDGE_NOT_PNG" : "CARTRIDGE_TRUNCATED";
        const message =
          length < 8 ? /got only its first \d of 8 bytes/ : /^byte \d+: .* the end of the file$/;
        expect(() => readCartridgeMetadata(png.subarray(0, length))).toThrowError(
          expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
        );
      }
      for (let length = pixels; length <= png.length; length++) {
        expect(readCartridgeMetadata(png.subarray(0, length))).toEqual(whole);
      }
    },
  );

  test("are enough if the pixel data or a later chunk is damaged", async () => {
    const png = await encodeCartridge(frameOf("#."), options);
    const whole = readCartridgeMetadata(png);
    for (let at = Buffer.from(png).indexOf("IDAT") + 4; at < png.length; at++) {
      expect(readCartridgeMetadata(png.with(at, (png[at] as number) ^ 1))).toEqual(whole);
    }
    expect(readCartridgeMetadata(Buffer.concat([png, png]))).toEqual(whole);
  });

  test("without texts of a cartridge give the error of the cut, since texts may follow", () => {
    const png = pngOf([ihdr(1, 1, 1, 0), idat([0, 128]), textChunk("checksum", checksum), IEND]);
    const end = png.length - 12;
    for (let length = Buffer.from(png).indexOf("IDAT") + 4; length < end; length++) {
      expect(() => readCartridgeMetadata(png.subarray(0, length))).toThrowError(
        expect.objectContaining({ code: "CARTRIDGE_TRUNCATED" }),
      );
    }
    expect(readCartridgeMetadata(png.subarray(0, end)).checksum).toBe(checksum);
  });

  test("do not hide a text that occurs twice in a valid file", () => {
    const text = textChunk("cartridge_type", "pixel");
    const png = pngOf([ihdr(1, 1, 1, 0), text, idat([0, 128]), text, IEND]);
    expect(() => readCartridgeMetadata(png)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
  });
});
