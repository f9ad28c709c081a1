import { encodeCartridge, type EncodeOptions, encodePng, type Frame } from "@gvpie/cartridge";
import { SeededRandom } from "@gvpie/testing";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chunksOf, textsOf } from "./support/chunks.ts";
import { frameOf, frameWithColors, paintFrame } from "./support/frames.ts";

const createdAt = new Date("2026-11-24T04:05:06.789Z");
const program = "TXT 10 10 Hello GPU\nHALT\n";

function formOf(png: Uint8Array): string {
  const [header, ...rest] = chunksOf(png);
  const extra = rest.map(({ type }) => type).filter((type) => type === "PLTE" || type === "tRNS");
  return [`type ${header?.data[9]}`, `depth ${header?.data[8]}`, ...extra].join(" ");
}

describe("writes the smallest exact form", () => {
  test.each<[string, Frame, string]>([
    ["black and white", frameOf(".#", "#."), "type 0 depth 1"],
    ["all black", frameOf("....", "...."), "type 0 depth 1"],
    ["all white", frameOf("#"), "type 0 depth 1"],
    ["one colour", paintFrame(9, 9, () => [255, 0, 0, 255]), "type 3 depth 1 PLTE"],
    ["two colours", frameOf("rgrgrgrg", "rrrrrrrr"), "type 3 depth 1 PLTE"],
    ["white and transparent", frameOf("#       ", "  ######"), "type 3 depth 1 PLTE tRNS"],
    [
      "black in the last pixel only",
      paintFrame(9, 2, (x, y) => [255, 0, 0, x === 8 && y === 1 ? 255 : 254]),
      "type 3 depth 1 PLTE tRNS",
    ],
    ["three colours", frameOf("rgbrgbrgb", "rgbrgbrgb"), "type 3 depth 2 PLTE"],
    ["4 colours", frameWithColors(4), "type 3 depth 2 PLTE"],
    ["5 colours", frameWithColors(5), "type 3 depth 4 PLTE"],
    ["16 colours", frameWithColors(16), "type 3 depth 4 PLTE"],
    ["17 colours", frameWithColors(17), "type 3 depth 8 PLTE"],
    ["256 colours", paintFrame(40, 40, (x, y) => [(y * 40 + x) & 255, 0, 0, 255]), "type 3 depth 8 PLTE"],
    [
      "256 translucent colours",
      paintFrame(40, 40, (x, y) => [0, 0, 0, (y * 40 + x) & 255]),
      "type 3 depth 8 PLTE tRNS",
    ],
    ["257 colours", frameWithColors(257), "type 2 depth 8"],
    ["257 translucent colours", frameWithColors(257, 77), "type 6 depth 8"],
    ["a palette larger than its picture", frameOf("rg"), "type 2 depth 8"],
    ["a palette larger than its translucent picture", frameOf("r?"), "type 6 depth 8"],
  ])("%s", async (_, frame, form) => {
    expect(formOf(await encodePng(frame))).toBe(form);
    expect(formOf(await encodePng(frame, { colorType: "rgba" }))).toBe("type 6 depth 8");
  });
});

test("packs rows from the left and pads them with zeros", async () => {
  const { data } =
    chunksOf(await encodePng(frameOf("#........#", ".......#.."))).find(({ type }) => type === "IDAT") ?? {};
  expect([...inflateSync(data ?? new Uint8Array())]).toEqual([0, 128, 64, 0, 1, 0]);
});

test("stores noise uncompressed and compresses a gradient of many colours", async () => {
  const random = new SeededRandom(1);
  const byte = (): number => random.below(256);
  const side = 600;
  const noise = paintFrame(side, side, () => [byte(), byte(), byte(), 255]);
  const gradient = paintFrame(side, side, (x, y) => [x & 255, y & 255, (x + y) & 255, 255]);
  const bytes = side * (1 + side * 3);
  expect((await encodePng(noise)).length).toBeGreaterThan(bytes);
  expect((await encodePng(noise)).length).toBeLessThan(bytes * 1.001);
  expect((await encodePng(gradient)).length).toBeLessThan(bytes / 20);
});

test("encodes a frame in an unaligned buffer to the same bytes", async () => {
  const frame = frameOf("r.#", "g.#");
  const bytes = new Uint8ClampedArray(frame.data.length + 1);
  bytes.set(frame.data, 1);
  expect(await encodePng({ ...frame, data: bytes.subarray(1) })).toEqual(await encodePng(frame));
});

describe("texts", () => {
  const options: EncodeOptions = {
    program,
    createdAt,
    language: "1",
    background: "#102030ff",
    params: { b: 2, a: "x" },
    engine: "raster-cpu",
  };

  test("stand before the pixels", async () => {
    const types = chunksOf(await encodeCartridge(frameOf("rgrgrgrg", "grgrgrgr"), options)).map(
      ({ type }) => type,
    );
    expect(types).toEqual(["IHDR", "tEXt", "tEXt", "tEXt", "tEXt", "tEXt", "PLTE", "IDAT", "IEND"]);
  });

  test("hold type, checksum, time, writer and record", async () => {
    const frame = frameOf(".#", "#.");
    expect(Object.fromEntries(textsOf(await encodeCartridge(frame, options)))).toEqual({
      cartridge_type: "pixel",
      checksum: createHash("sha256").update(frame.data).digest("hex"),
      created_at: "2026-11-24T04:05:06.789Z",
      Software: "@gvpie/cartridge",
      gvpie:
        '{"v":1,"program":"TXT 10 10 Hello GPU\\nHALT\\n","language":"1","width":2,"height":2,' +
        '"background":"#102030ff","params":{"a":"x","b":2},"engine":"raster-cpu"}',
    });
  });

  test("have defaults without options", async () => {
    const texts = textsOf(await encodeCartridge(frameOf(".#"), { createdAt }));
    expect(texts.get("gvpie")).toBe(
      '{"v":1,"language":"1","width":2,"height":1,"background":"#000000ff","params":{}}',
    );
  });

  test("are ASCII for a program with any characters", async () => {
    const text = textsOf(
      await encodeCartridge(frameOf("."), { createdAt, program: "TXT 0 0 é→😀\u007f\u2028", language: "1" }),
    );
    expect(text.get("gvpie")).toContain(String.raw`"program":"TXT 0 0 \u00e9\u2192\ud83d\ude00\u007f\u2028"`);
  });
});

describe("equal frames and options give equal bytes", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("with createdAt", async () => {
    const one = await encodeCartridge(frameWithColors(9), {
      createdAt,
      program,
      language: "1",
      params: { a: 1, b: 2 },
    });
    const two = await encodeCartridge(frameWithColors(9), {
      createdAt,
      program,
      language: "1",
      params: { b: 2, a: 1 },
    });
    expect(one).toEqual(two);
  });

  test("with SOURCE_DATE_EPOCH, which createdAt overrides", async () => {
    vi.stubEnv("SOURCE_DATE_EPOCH", "1700000000");
    expect(textsOf(await encodeCartridge(frameOf("."))).get("created_at")).toBe("2023-11-14T22:13:20.000Z");
    const texts = textsOf(await encodeCartridge(frameOf("."), { createdAt }));
    expect(texts.get("created_at")).toBe("2026-11-24T04:05:06.789Z");
  });

  test("rejects a SOURCE_DATE_EPOCH that is not a number", async () => {
    vi.stubEnv("SOURCE_DATE_EPOCH", "yesterday");
    await expect(encodeCartridge(frameOf("."))).rejects.toThrow(RangeError);
  });

  test("uses the current time without either", async () => {
    vi.stubEnv("SOURCE_DATE_EPOCH", "");
    const before = Date.now();
    const time = Date.parse(textsOf(await encodeCartridge(frameOf("."))).get("created_at") ?? "");
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });
});

describe("rejects a mistake of the caller", () => {
  test.each<[string, Frame, EncodeOptions, typeof RangeError | typeof TypeError]>([
    ["no pixels", { width: 0, height: 1, data: new Uint8ClampedArray(0) }, {}, RangeError],
    ["half a pixel", { width: 1.5, height: 2, data: new Uint8ClampedArray(12) }, {}, RangeError],
    ["too little data", { width: 2, height: 2, data: new Uint8ClampedArray(12) }, {}, RangeError],
    ["too much data", { width: 2, height: 2, data: new Uint8ClampedArray(20) }, {}, RangeError],
    ["too many pixels", { width: 67_108_865, height: 1, data: new Uint8ClampedArray(4) }, {}, RangeError],
    ["an invalid date", frameOf("."), { createdAt: new Date(Number.NaN) }, RangeError],
    ["a date after the year 9999", frameOf("."), { createdAt: new Date(8.64e15) }, RangeError],
    ["a lone surrogate", frameOf("."), { program: "TXT 0 0 \ud800" }, TypeError],
    ["a parameter that is NaN", frameOf("."), { params: { a: Number.NaN } }, TypeError],
    ["an engine of 1 MiB", frameOf("."), { engine: "x".repeat(2 ** 20) }, RangeError],
  ])("%s", async (_, frame, options, error) => {
    await expect(encodeCartridge(frame, options)).rejects.toThrow(error);
  });
});
