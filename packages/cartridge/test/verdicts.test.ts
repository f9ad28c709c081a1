// A verdict is about the file; trouble of the caller, the verifier or the machine is an error.

import {
  canonicalizeCartridge,
  compareFrames,
  differenceMask,
  encodeCartridge,
  encodePng,
  type Frame,
  type NeededLimits,
  type Render,
  type RenderLimits,
  verifyCartridge,
  type VerifyOptions,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { chunk, chunksOf, pngOf, type RawChunk, textChunk } from "./support/chunks.ts";
import { frameOf, paintFrame } from "./support/frames.ts";

const program = "COLOR #ff8000\nRECT 2 1 5 3\nCOLOR #123456\nRECT 4 2 1 1\nHALT\n";
const size = { width: 12, height: 8 };
const frame = renderProgram(program, size);
const render: Render = renderProgram;

/** Returns a cartridge of `frame` whose pixels were replaced by another picture. */
async function altered(
  picture: Frame,
  options: Parameters<typeof encodeCartridge>[1] = {},
): Promise<Uint8Array> {
  const texts = chunksOf(await encodeCartridge(frame, { program, language: "1", ...options })).filter(
    ({ type }) => type === "tEXt",
  );
  const [header, ...rest] = chunksOf(await encodePng(picture)) as [RawChunk, ...RawChunk[]];
  return pngOf([header, ...texts, ...rest]);
}

function enlarge(from: Frame, factor: number): Frame {
  return paintFrame(from.width * factor, from.height * factor, (x, y) =>
    pixel(from, Math.floor(x / factor), Math.floor(y / factor)),
  );
}

function pixel({ width, data }: Frame, x: number, y: number): [number, number, number, number] {
  const at = (y * width + x) * 4;
  return [...data.subarray(at, at + 4)] as [number, number, number, number];
}

function failing(code: string | undefined): Render {
  return () => {
    throw Object.assign(new Error("the reason"), code === undefined ? {} : { code });
  };
}

describe("a caller's trouble is not a verdict", () => {
  test.each<[string, unknown]>([
    ["no options", undefined],
    ["no renderer", {}],
    ["a renderer that is not a function", { render: "cpu" }],
    ["a program that is not a string", { render, program: 1 }],
    ["a misspelled option", { render, programm: "HALT" }],
    ["a misspelled option of the drawing", { render, drawing: { widht: 1 } }],
    ["a signal that is none", { render, signal: 5 }],
    ["a signal that is null", { render, signal: null }],
    ["a background of the drawing that is not a string", { render, program, drawing: { background: 5 } }],
    ["parameters of the drawing in a Map", { render, program, drawing: { params: new Map([["a", 1]]) } }],
    ["a misspelled limit of the renderer", { render, renderLimits: { feul: 5 } }],
    ["options in a Map", new Map([["render", render]])],
    ["limits in a Map", { render, limits: new Map([["pixels", 5]]) }],
    ["limits of the renderer in a Map", { render, renderLimits: new Map([["fuel", 5]]) }],
  ])("%s: TypeError", async (_, options) => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    await expect(verifyCartridge(png, options as VerifyOptions)).rejects.toThrow(TypeError);
    await expect(verifyCartridge(await encodePng(frame), options as VerifyOptions)).rejects.toThrow(
      TypeError,
    );
  });

  test("sides of a drawing that are not positive integers: RangeError", async () => {
    for (const width of [0, -1, 1.5, Number.NaN]) {
      const options = { render, program, drawing: { width } };
      await expect(verifyCartridge(await encodePng(frame), options)).rejects.toThrow(RangeError);
    }
  });

  test("a signal rejects with its reason, before, while and after the program is drawn", async () => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    const reason = new Error("enough");
    await expect(verifyCartridge(png, { render, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const while_ = new AbortController();
    const stops: Render = (...request) => {
      while_.abort(reason);
      return render(...request);
    };
    await expect(verifyCartridge(png, { render: stops, signal: while_.signal })).rejects.toBe(reason);
    const fails = new AbortController();
    const throws: Render = () => {
      fails.abort(reason);
      throw new Error("stopped");
    };
    await expect(verifyCartridge(png, { render: throws, signal: fails.signal })).rejects.toBe(reason);
  });
});

describe("a machine's trouble is not a verdict: CARTRIDGE_RENDER_FAILED, with the cause", () => {
  test.each([
    "RASTER_DEVICE_LOST",
    "RASTER_OUT_OF_MEMORY",
    "RASTER_NO_ADAPTER",
    "RASTER_BACKEND",
    "RASTER_CLOSED",
    "RASTER_BAD_CANVAS",
    "RASTER_BAD_BUFFER",
    "RASTER_NEW_IN_A_LATER_VERSION",
    "ENOMEM",
  ])("%s", async (code) => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    const error: unknown = await verifyCartridge(png, { render: failing(code) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: "CartridgeError", code: "CARTRIDGE_RENDER_FAILED", cause: { code } });
  });

  test.each<[string, unknown]>([
    ["an error without a code", failing(undefined)],
    ["a thrown string", () => Promise.reject("no")],
    ["nothing", () => undefined],
    ["null", () => null],
    ["a frame of another size", () => frameOf("#")],
    ["a frame with too few bytes", () => ({ ...size, data: new Uint8ClampedArray(4) })],
    [
      "a getter that fails",
      () => Object.defineProperty({ ...size }, "data", { get: () => expect.unreachable(), enumerable: true }),
    ],
    ["16-bit samples", () => ({ ...size, data: new Uint16Array(size.width * size.height * 4) })],
  ])("%s", async (_, broken) => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    await expect(verifyCartridge(png, { render: broken as Render })).rejects.toMatchObject({
      code: "CARTRIDGE_RENDER_FAILED",
    });
  });
});

test.each<[string, (data: Uint8ClampedArray) => unknown]>([
  ["Uint8Array", (data) => Uint8Array.from(data)],
  ["Buffer", (data) => Buffer.from(data)],
  [
    "shared memory",
    (data) => {
      const shared = new Uint8ClampedArray(new SharedArrayBuffer(data.length));
      shared.set(data);
      return shared;
    },
  ],
  ["another realm", (data) => runInNewContext(`new Uint8ClampedArray([${data.join(",")}])`)],
])("a renderer may return its bytes as %s", async (_, convert) => {
  const png = await encodeCartridge(frame, { program, language: "1" });
  const converts = (...request: Parameters<Render>) => {
    const drawn = renderProgram(...request);
    return { ...drawn, data: convert(drawn.data) };
  };
  expect((await verifyCartridge(png, { render: converts as Render })).status).toBe("verified");
});

test("an error of the program of another type is described", async () => {
  const png = await encodeCartridge(frame, { program, language: "1" });
  const throws = () => Promise.reject({ code: "PXL_X", message: "why\u001b" });
  const { status, explanation } = await verifyCartridge(png, { render: throws });
  expect([status, explanation]).toEqual(["not-reproducible", "The program failed: why\\u{1b}"]);
});

describe("a verifier's limit is not a verdict: CARTRIDGE_VERIFIER_LIMIT", () => {
  const codes: [string, keyof RenderLimits][] = [
    ["RASTER_LIMIT_PIXELS", "pixels"],
    ["RASTER_LIMIT_INSTRUCTIONS", "instructions"],
    ["PXL_TOO_MANY_INSTRUCTIONS", "instructions"],
    ["RASTER_LIMIT_GLYPHS", "glyphs"],
    ["RASTER_LIMIT_PAINTED", "paintedPixels"],
    ["RASTER_LIMIT_COMMANDS", "commands"],
    ["RASTER_LIMIT_FUEL", "fuel"],
  ];
  test.each(codes)("%s names the limit, its value here and the recorded need", async (code, name) => {
    const limits: NeededLimits = { [name]: 123_456_789 };
    const png = await encodeCartridge(frame, { program, language: "1", limits });
    const options = { render: failing(code), renderLimits: { [name]: 1_048_577 } };
    await expect(verifyCartridge(png, options)).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
      message: expect.stringMatching(
        new RegExp(
          `${name} of 1048577, got more; the file records that it needs 123456789.*raise renderLimits\\.${name}`,
        ),
      ) as string,
    });
  });

  test("a limit below the size of the picture", async () => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    await expect(verifyCartridge(png, { render, renderLimits: { pixels: 5 } })).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
      message: expect.stringContaining("pixels of 5, got more") as string,
    });
  });

  const long = "SET i 0\nl:\nADD i 1\nIF i < 800000 l\nRECT 2 1 5 3\nHALT\n";
  const drawn = renderProgram(long, { ...size, limits: { fuel: 2_000_000 } });

  test("too little fuel; with enough it is verified", async () => {
    const png = await encodeCartridge(drawn, { program: long, language: "1" });
    await expect(verifyCartridge(png, { render })).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
      message: expect.stringContaining("the file does not record its need") as string,
    });
    const renderLimits = { fuel: 2_000_000 };
    expect((await verifyCartridge(png, { render, renderLimits })).status).toBe("verified");
  });

  test("a limit that the file records is not raised because of that", async () => {
    const png = await encodeCartridge(drawn, { program: long, language: "1", limits: { fuel: 2_000_000 } });
    await expect(verifyCartridge(png, { render })).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
    });
  });

  test.each<[string, unknown]>([
    ["a fraction", { fuel: 1.5 }],
    ["zero", { fuel: 0 }],
    ["a string", { fuel: "1" }],
    ["a name with a space", { "fu el": 1 }],
    ["an array", [1]],
    ["33 names", Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${"x".repeat(i)}`, 1]))],
  ])("recorded limits are checked when written and read: %s", async (_, limits) => {
    await expect(encodeCartridge(frame, { limits: limits as NeededLimits })).rejects.toThrow(TypeError);
    const record = JSON.stringify({ v: 1, program, ...size, limits });
    const png = await withRecord(record);
    await expect(verifyCartridge(png, { render })).rejects.toMatchObject({ code: "CARTRIDGE_BAD_METADATA" });
  });

  async function withRecord(json: string): Promise<Uint8Array> {
    const chunks = chunksOf(await encodeCartridge(frame));
    return pngOf(chunks.map((part) => (part.data[0] === 0x67 ? textChunk("gvpie", json) : part)));
  }
});

describe("a program's own errors count against it: not-reproducible", () => {
  test.each([
    "PXL_UNKNOWN_OPCODE",
    "PXL_TOO_MANY_LABELS",
    "RASTER_DIVISION_BY_ZERO",
    "RASTER_OVERFLOW",
    "RASTER_STACK_OVERFLOW",
    "RASTER_STACK_UNDERFLOW",
    "RASTER_BAD_VALUE",
    "RASTER_BAD_PARAM",
    "RASTER_BAD_COLOR",
  ])("%s", async (code) => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    expect(await verifyCartridge(png, { render: failing(code) })).toMatchObject({
      status: "not-reproducible",
      explanation: "The program failed: the reason",
      drawn: undefined,
      cause: { code },
    });
  });
});

describe("checksum-mismatch goes on to draw", () => {
  test("and counts the pixels that differ, and says where", async () => {
    const data = frame.data.slice();
    for (const [x, y] of [
      [3, 2],
      [5, 6],
      [1, 4],
    ] as const) {
      data[(y * size.width + x) * 4] = 200;
    }
    const picture = { ...size, data };
    const verification = await verifyCartridge(await altered(picture), { render });
    expect(verification).toMatchObject({
      status: "checksum-mismatch",
      frame: picture,
      drawn: frame,
      relation: { kind: "different" },
      difference: {
        count: 3,
        first: { x: 3, y: 2 },
        box: { x: 1, y: 2, width: 5, height: 5 },
        onlyUnderAlpha0: false,
      },
    });
    expect(verification.explanation).toContain(
      "3 of 96 pixels differ, the first at (3, 2), all within 5×5 pixels at (1, 2)",
    );
    const mask = differenceMask(picture, frame);
    expect([...mask.keys()].filter((i) => mask[i] === 1)).toEqual([27, 49, 77]);
    expect(() => differenceMask(picture, frameOf("#"))).toThrow(RangeError);
    expect(() => compareFrames(picture, frameOf("#"))).toThrow(RangeError);
    expect(compareFrames(picture, picture)).toBeUndefined();
  });

  test("and says that only colours under alpha 0 differ", async () => {
    const background = "#10203000";
    const drawn = renderProgram("RECT 1 1 2 2", { ...size, background });
    const cleared = { ...size, data: drawn.data.map((byte, i) => (drawn.data[i | 3] === 0 ? 0 : byte)) };
    const texts = chunksOf(
      await encodeCartridge(drawn, { program: "RECT 1 1 2 2", language: "1", background }),
    );
    const [header, ...rest] = chunksOf(await encodePng(cleared)) as [RawChunk, ...RawChunk[]];
    const png = pngOf([header, ...texts.filter(({ type }) => type === "tEXt"), ...rest]);
    const { status, explanation, difference } = await verifyCartridge(png, { render });
    expect(status).toBe("checksum-mismatch");
    expect(difference).toMatchObject({ count: 92, onlyUnderAlpha0: true });
    expect(explanation).toContain("all of them have alpha 0 in both");
  });

  test.each([2, 3, 4, 10])("and finds an exact copy, enlarged %i×", async (factor) => {
    const verification = await verifyCartridge(await altered(enlarge(frame, factor)), { render });
    expect(verification).toMatchObject({
      status: "checksum-mismatch",
      relation: { kind: "enlarged", factor },
      drawn: frame,
      difference: undefined,
    });
    expect(verification.explanation).toContain(
      `an exact copy of what the program draws, enlarged ${factor}×`,
    );
  });

  test.each<[string, Frame, object]>([
    ["a part", paintFrame(5, 4, (x, y) => pixel(frame, x + 3, y + 2)), { kind: "part", x: 3, y: 2 }],
    [
      "a border",
      paintFrame(20, 20, (x, y) =>
        x >= 3 && x < 15 && y >= 5 && y < 13 ? pixel(frame, x - 3, y - 5) : [1, 2, 3, 255],
      ),
      { kind: "extended", x: 3, y: 5 },
    ],
    ["the exact pixels, by another checksum", frame, { kind: "equal" }],
    [
      "an enlarged copy with one other pixel",
      { ...enlarge(frame, 2), data: enlarge(frame, 2).data.with(0, 9) },
      { kind: "unrelated" },
    ],
    [
      "enlarged in one direction",
      paintFrame(24, 8, (x, y) => pixel(frame, Math.floor(x / 2), y)),
      { kind: "unrelated" },
    ],
  ])("and finds %s", async (_, picture, relation) => {
    const png = await altered(picture);
    const chunks = chunksOf(png).map((part) =>
      String.fromCharCode(...part.data).startsWith("checksum\0")
        ? textChunk("checksum", "1".repeat(64))
        : part,
    );
    const verification = await verifyCartridge(pngOf(chunks), { render });
    expect([verification.status, verification.relation]).toEqual(["checksum-mismatch", relation]);
  });

  test("but not beyond the limits of the picture's size: the canvas of a small file may be huge", async () => {
    const png = await altered(frameOf("#"), {});
    const huge = chunksOf(png).map((part) =>
      part.data[0] === 0x67
        ? textChunk("gvpie", '{"v":1,"program":"HALT","width":16384,"height":16384}')
        : part,
    );
    let calls = 0;
    const verification = await verifyCartridge(pngOf(huge), {
      render: (...request) => {
        calls++;
        return render(...request);
      },
    });
    expect([verification.status, calls]).toEqual(["checksum-mismatch", 0]);
    expect(verification.explanation).toContain(
      "The program was not drawn: its canvas has 16384×16384 pixels",
    );
  });

  test.each(["RASTER_LIMIT_FUEL", "RASTER_DEVICE_LOST", "PXL_UNKNOWN_OPCODE"])(
    "and stays that verdict if the program cannot be drawn: %s",
    async (code) => {
      const verification = await verifyCartridge(await altered(frameOf("#")), { render: failing(code) });
      expect(verification).toMatchObject({ status: "checksum-mismatch", drawn: undefined });
      expect(verification.cause).toBeInstanceOf(Error);
      expect(verification.explanation).toContain("the reason");
    },
  );

  test("a newer language is not drawn", async () => {
    const verification = await verifyCartridge(await altered(frameOf("#"), { language: "3" }), {
      render: failing("PXL_UNKNOWN_OPCODE"),
    });
    expect(verification).toMatchObject({ status: "checksum-mismatch", drawn: undefined, cause: undefined });
  });
});

describe("a picture without a claim is compared with the caller's program", () => {
  test.each<[string, (picture: Frame) => Promise<Uint8Array>, string]>([
    ["stripped", (picture) => encodePng(picture), "stripped"],
    ["no-program", (picture) => encodeCartridge(picture), "no-program"],
  ])("%s: the status stays, and the relation says whether it is equal", async (_, encode, status) => {
    const equal = await verifyCartridge(await encode(frame), { render, program });
    expect(equal).toMatchObject({ status, relation: { kind: "equal" }, drawn: frame, difference: undefined });
    expect(equal.explanation).toContain("the given program: The program draws exactly these pixels.");
    const other = await verifyCartridge(await encode(frame), { render, program: "RECT 0 0 1 1" });
    expect(other).toMatchObject({ status, relation: { kind: "different" }, difference: { count: 16 } });
  });

  test("enlarged, with the size of the drawing", async () => {
    const verification = await verifyCartridge(await encodePng(enlarge(frame, 4)), {
      render,
      program,
      drawing: size,
    });
    expect(verification).toMatchObject({ status: "stripped", relation: { kind: "enlarged", factor: 4 } });
  });

  test("with a background and parameters", async () => {
    const template = "PARAM x 0\nRECT {x} 0 1 1";
    const drawing = { background: "#00ff0080", params: { x: 2 } };
    const png = await encodePng(renderProgram(template, { ...size, ...drawing }));
    expect((await verifyCartridge(png, { render, program: template, drawing })).relation).toEqual({
      kind: "equal",
    });
    expect((await verifyCartridge(png, { render, program: template })).relation).toEqual({
      kind: "different",
    });
  });

  test("without a program, nothing is drawn", async () => {
    const verification = await verifyCartridge(await encodePng(frame), { render: failing("RASTER_BACKEND") });
    expect(verification).toMatchObject({ status: "stripped", drawn: undefined, relation: undefined });
  });

  test("trouble of the renderer is an error, an invalid program is not", async () => {
    const png = await encodePng(frame);
    const options = (code: string) => ({ render: failing(code), program });
    await expect(verifyCartridge(png, options("RASTER_BACKEND"))).rejects.toMatchObject({
      code: "CARTRIDGE_RENDER_FAILED",
    });
    await expect(verifyCartridge(png, options("RASTER_LIMIT_FUEL"))).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
    });
    expect(await verifyCartridge(png, options("PXL_NOT_A_NAME"))).toMatchObject({
      status: "stripped",
      cause: { code: "PXL_NOT_A_NAME" },
    });
  });

  test("chunks that can change the display are named", async () => {
    const [header, ...rest] = chunksOf(await encodePng(frame)) as [RawChunk, ...RawChunk[]];
    const png = pngOf([header, chunk("eXIf", [1]), ...rest]);
    const { status, explanation, obstacles } = await verifyCartridge(png, { render, program });
    expect([status, obstacles.length]).toEqual(["stripped", 1]);
    expect(explanation).toContain("eXIf at byte 33");
  });
});

describe("canonicalizeCartridge", () => {
  const options = { program, language: "1", createdAt: new Date(0), engine: "raster-cpu" };

  test.each(["auto", "rgba"] as const)("gives the bytes of encodeCartridge: %s", async (colorType) => {
    const png = await encodeCartridge(frame, { ...options, colorType });
    expect(await canonicalizeCartridge(png)).toEqual(await encodeCartridge(frame, options));
  });

  test("keeps an old cartridge without a record, its time and its checksum as written", async () => {
    const chunks = chunksOf(await encodeCartridge(frame));
    const texts = chunks.filter(({ type }) => type === "tEXt").slice(0, 2);
    const old = pngOf([
      ...chunks.slice(0, 1),
      textChunk("created_at", "1700000000"),
      ...texts,
      ...chunks.slice(6),
    ]);
    const again = chunksOf(await canonicalizeCartridge(old)).filter(({ type }) => type === "tEXt");
    expect(again.map(({ data }) => String.fromCharCode(...data).split("\0")[0])).toEqual([
      "cartridge_type",
      "checksum",
      "created_at",
      "Software",
    ]);
  });

  test("keeps a record as written, unknown keys, spaces and a newer language included", async () => {
    const record = `{"v": 1, "language": "7", "width": 12, "height": 8, "program": "X", "more": [1, 2]}`;
    const chunks = chunksOf(await encodeCartridge(frame));
    const png = pngOf(chunks.map((part) => (part.data[0] === 0x67 ? textChunk("gvpie", record) : part)));
    expect(Buffer.from(await canonicalizeCartridge(png)).includes(`gvpie\0${record}`)).toBe(true);
  });

  test.each<[string, string, () => Promise<Uint8Array>]>([
    ["a picture without texts", "CARTRIDGE_NO_METADATA", () => encodePng(frame)],
    ["altered pixels", "CARTRIDGE_CHECKSUM_MISMATCH", () => altered(frameOf("#"))],
    ["a file that is not a PNG", "CARTRIDGE_NOT_PNG", () => Promise.resolve(Uint8Array.of(1))],
    [
      "a record of another size",
      "CARTRIDGE_BAD_METADATA",
      async () => {
        const chunks = chunksOf(await encodeCartridge(frame));
        const record = textChunk("gvpie", '{"v":1,"width":8,"height":12}');
        return pngOf(chunks.map((part) => (part.data[0] === 0x67 ? record : part)));
      },
    ],
  ])("refuses %s: %s", async (_, code, make) => {
    await expect(canonicalizeCartridge(await make())).rejects.toMatchObject({ code });
  });
});
