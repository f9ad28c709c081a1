// Values from a caller without types work, or are refused in words. None gives a cartridge that contradicts itself.

import {
  canonicalizeCartridge,
  cartridgeFileName,
  decodeCartridge,
  decodePng,
  encodeCartridge,
  encodePng,
  type Frame,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { runProcess } from "@gvpie/testing";
import * as fc from "fast-check";
import { Blob } from "node:buffer";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { frameOf } from "./support/frames.ts";

const FRAME = frameOf("#.", ".#");
const BYTES: Uint8Array<ArrayBuffer> = Uint8Array.from(FRAME.data);
const createdAt = new Date("2026-11-24T04:05:06.789Z");

/** Passes a value as a caller without types does. */
const untyped = (value: unknown): never => value as never;

/** A frame of 2 × 2 with these samples. */
function frame(data: unknown): Frame {
  return untyped({ width: 2, height: 2, data });
}

function into<T extends ArrayBufferLike>(buffer: T, offset = 0): Uint8ClampedArray<T> {
  const data = new Uint8ClampedArray(buffer, offset, BYTES.length);
  data.set(BYTES);
  return data;
}

describe("a frame whose samples are not bytes is refused, not saved with a wrong checksum", () => {
  const floats = Array.from(BYTES, (byte) => byte / 255);
  test.each<[string, unknown]>([
    ["Float32Array", Float32Array.from(floats)],
    ["Float64Array", Float64Array.from(floats)],
    ["Uint16Array", Uint16Array.from(BYTES, (byte) => byte * 257)],
    ["Int16Array", Int16Array.from(BYTES)],
    ["Uint32Array", Uint32Array.from(BYTES)],
    ["Int8Array", Int8Array.from(BYTES)],
    ["BigInt64Array", BigInt64Array.from(BYTES, BigInt)],
    ["Array", Array.from(BYTES)],
    ["ArrayBuffer", BYTES.buffer],
    ["DataView", new DataView(BYTES.buffer)],
    ["undefined", undefined],
    ["xxxx", "x".repeat(16)],
  ])("%s", async (name, data) => {
    for (const encode of [encodePng, encodeCartridge]) {
      await expect(encode(frame(data))).rejects.toThrow(TypeError);
      await expect(encode(frame(data))).rejects.toThrow(name);
    }
  });

  test.each<[string, unknown, RegExp]>([
    ["no frame", undefined, /expected a frame with width, height and data, got undefined/],
    ["a promise of a frame", Promise.resolve(FRAME), /got undefined×undefined/],
    ["sides in words", { ...FRAME, width: "2" }, /got the string "2"×2/],
    ["a side of 1.5", { ...FRAME, height: 1.5 }, /got 2×1.5/],
    ["too little data", { ...FRAME, width: 3 }, /expected 24 bytes in a frame of 3×2, got 16/],
  ])("%s", async (_, value, message) => {
    await expect(encodeCartridge(untyped(value))).rejects.toThrow(message);
  });
});

describe("a frame in any memory is encoded as its bytes", () => {
  const detached = () => {
    const data = into(new ArrayBuffer(16));
    structuredClone(data, { transfer: [data.buffer] });
    return data;
  };
  test.each<[string, () => unknown]>([
    ["Uint8ClampedArray", () => FRAME.data],
    ["Uint8Array", () => BYTES],
    ["Buffer", () => Buffer.from(BYTES)],
    ["part of a larger buffer, not aligned", () => into(new ArrayBuffer(40), 7)],
    ["shared memory", () => into(new SharedArrayBuffer(16))],
    ["shared memory that grows", () => into(new SharedArrayBuffer(16, { maxByteLength: 64 }))],
    ["a resizable buffer", () => into(new ArrayBuffer(16, { maxByteLength: 64 }))],
    ["WebAssembly memory", () => into(new WebAssembly.Memory({ initial: 1 }).buffer, 100)],
    ["another realm", () => runInNewContext(`new Uint8ClampedArray([${BYTES.join(",")}])`)],
  ])("%s", async (_, make) => {
    const png = await encodeCartridge(frame(make()));
    expect((await decodeCartridge(png)).frame).toEqual(FRAME);
    expect(await decodePng(await encodePng(frame(make()), { colorType: "rgba" }))).toEqual(FRAME);
  });

  test("a transferred buffer is refused", async () => {
    await expect(encodeCartridge(frame(detached()))).rejects.toThrow(/got a buffer that was transferred/);
  });

  test("a frame that changes while it is encoded gives a cartridge of one of its states", async () => {
    const data = new Uint8ClampedArray(512 * 512 * 4).fill(255);
    const encoding = encodeCartridge({ width: 512, height: 512, data });
    data.fill(77);
    const decoded = await decodeCartridge(await encoding);
    expect(decoded.frame.data.every((byte) => byte === 255)).toBe(true);
  });

  test("getters are read once", async () => {
    let reads = 0;
    const changing = {
      width: 2,
      height: 2,
      get data() {
        return ++reads === 1 ? FRAME.data : new Uint8ClampedArray(16);
      },
    };
    expect((await decodeCartridge(await encodeCartridge(changing))).frame).toEqual(FRAME);
  });
});

describe("a file is taken in any form of bytes", () => {
  const program = "RECT 0 0 2 2";
  const encoded = encodeCartridge(renderProgram(program), { program, language: "1", createdAt });
  const shared = (png: Uint8Array) => {
    const copy = new Uint8Array(new SharedArrayBuffer(png.length));
    copy.set(png);
    return copy;
  };
  const padded = (png: Uint8Array) => {
    const copy = new Uint8Array(png.length + 9);
    copy.set(png, 5);
    return copy.subarray(5, 5 + png.length);
  };
  test.each<[string, (png: Uint8Array) => unknown]>([
    ["Uint8Array", (png) => png],
    ["ArrayBuffer", (png) => png.slice().buffer],
    ["SharedArrayBuffer", (png) => shared(png).buffer],
    ["Uint8Array of shared memory", shared],
    ["part of a buffer", padded],
    ["Buffer", (png) => Buffer.from(png)],
    ["a small Buffer of the pool", (png) => Buffer.from(Buffer.from(png).toString("latin1"), "latin1")],
    ["Uint8ClampedArray", (png) => Uint8ClampedArray.from(png)],
    ["DataView", (png) => new DataView(padded(png).buffer, 5, png.length)],
    ["Int8Array", (png) => new Int8Array(png.slice().buffer)],
    [
      "a resizable buffer",
      (png) => {
        const buffer = new ArrayBuffer(png.length, { maxByteLength: png.length * 2 });
        new Uint8Array(buffer).set(png);
        return buffer;
      },
    ],
    ["another realm", (png) => runInNewContext(`new Uint8Array([${png.join(",")}]).buffer`)],
  ])("%s", async (_, convert) => {
    const png = await encoded;
    const bytes = untyped(convert(png));
    const expected = renderProgram(program);
    expect(await decodePng(bytes)).toEqual(expected);
    expect((await decodeCartridge(bytes)).frame).toEqual(expected);
    expect(readCartridgeMetadata(bytes).createdAt).toEqual(createdAt);
    expect((await verifyCartridge(bytes, { render: renderProgram })).status).toBe("verified");
  });

  test.each<[string, (png: Uint8Array) => unknown, RegExp]>([
    ["undefined", () => undefined, /got undefined/],
    ["a path", () => "picture.png", /got the string "picture.png"/],
    ["numbers", (png) => Array.from(png), /got an array/],
    [
      "a Blob",
      (png) => new Blob([new Uint8Array(png)]),
      /got a Blob object; pass await blob.arrayBuffer\(\)/,
    ],
    ["a promise", (png) => Promise.resolve(png), /got a Promise/],
    [
      "the JSON of a Buffer",
      (png) => JSON.parse(JSON.stringify(Buffer.from(png))) as unknown,
      /got an object/,
    ],
    [
      "a transferred buffer",
      (png) => {
        const { buffer } = png.slice();
        structuredClone(buffer, { transfer: [buffer] });
        return buffer;
      },
      /transferred/,
    ],
  ])("%s is refused in words", async (_, convert, found) => {
    const bytes = untyped(convert(await encoded));
    const expected = /^expected the bytes of a PNG/;
    for (const message of [expected, found]) {
      await expect(decodePng(bytes)).rejects.toThrow(message);
      await expect(decodeCartridge(bytes)).rejects.toThrow(message);
      await expect(canonicalizeCartridge(bytes)).rejects.toThrow(message);
      await expect(verifyCartridge(bytes, { render: renderProgram })).rejects.toThrow(message);
      expect(() => readCartridgeMetadata(bytes)).toThrow(message);
    }
  });
});

describe("parameters that a record cannot keep are refused, not recorded as {}", () => {
  class Size {
    readonly x = "1";
  }
  test.each<[string, unknown, RegExp]>([
    ["a Map", new Map([["x", "1"]]), /expected params as a plain object, got a Map object/],
    ["a Set", new Set(["x"]), /got a Set object/],
    ["a class", new Size(), /got a Size object/],
    ["a Date", new Date(), /got a Date object/],
    ["URLSearchParams", new URLSearchParams("x=1"), /got a URLSearchParams object/],
    ["an array", ["x"], /got an array/],
    ["null", null, /got null/],
    ["a string", "x=1", /got the string "x=1"/],
    ["a number", 1, /got 1/],
    ["inherited values", Object.create({ x: "1" }), /expected params as a plain object/],
    ["a symbol", { [Symbol("x")]: "1" }, /got a symbol/],
    ["a boolean", { x: true }, /got true as "x"/],
    ["a bigint", { x: 1n }, /got the bigint 1n as "x"/],
    ["null as value", { x: null }, /got null as "x"/],
    ["undefined as value", { x: undefined }, /got undefined as "x"/],
    ["NaN", { x: Number.NaN }, /got NaN as "x"/],
    ["infinity", { x: Infinity }, /got Infinity as "x"/],
    ["a String object", { x: new String("1") }, /got a String object as "x"/],
  ])("%s", async (_, params, message) => {
    const encoding = encodeCartridge(FRAME, { params: untyped(params), createdAt });
    await expect(encoding).rejects.toThrow(TypeError);
    await expect(encoding).rejects.toThrow(message);
  });

  test.each<[string, () => Record<string, string | number>]>([
    ["no prototype", () => Object.assign(Object.create(null) as object, { x: "1", y: 2 })],
    ["another realm", () => untyped(runInNewContext(`({ x: "1", y: 2 })`))],
    ["a key __proto__", () => untyped(JSON.parse('{"__proto__":"1","y":2}'))],
    ["names of methods", () => ({ constructor: "1", toString: "2", hasOwnProperty: 3 })],
    ["frozen", () => Object.freeze({ x: "1" })],
    ["a getter", () => Object.defineProperty({}, "x", { enumerable: true, get: () => "1" }) as { x: string }],
  ])("%s is recorded as it is", async (_, make) => {
    const params = make();
    const png = await encodeCartridge(FRAME, { params, createdAt });
    const read = readCartridgeMetadata(png).gvpie?.params ?? {};
    expect(new Map(Object.entries(read))).toEqual(new Map(Object.entries(params)));
  });

  test("are copied: a change while the picture is compressed has no effect", async () => {
    const params = { x: "1" };
    const encoding = encodeCartridge(FRAME, { params, createdAt });
    params.x = "2";
    expect(readCartridgeMetadata(await encoding).gvpie?.params).toEqual({ x: "1" });
  });
});

describe("an option that has no effect is refused by name", () => {
  const good = encodePng(FRAME);
  const render = renderProgram;
  test.each<[string, (png: Uint8Array) => unknown, RegExp]>([
    [
      "encodePng",
      () => encodePng(FRAME, untyped({ colourType: "rgba" })),
      /expected options named colorType, got "colourType"; did you mean colorType\?/,
    ],
    [
      "encodePng",
      () => encodePng(FRAME, untyped({ program: "HALT" })),
      /expected options named colorType, got "program"$/,
    ],
    [
      "encodePng",
      () => encodePng(FRAME, untyped("rgba")),
      /expected options as a plain object, got the string "rgba"/,
    ],
    [
      "encodeCartridge",
      () => encodeCartridge(FRAME, untyped({ progam: "HALT" })),
      /got "progam"; did you mean program\?/,
    ],
    [
      "encodeCartridge",
      () => encodeCartridge(FRAME, untyped({ createAt: createdAt })),
      /got "createAt"; did you mean createdAt\?/,
    ],
    [
      "encodeCartridge",
      () => encodeCartridge(FRAME, untyped({ parmas: {} })),
      /got "parmas"; did you mean params\?/,
    ],
    [
      "encodeCartridge",
      () => encodeCartridge(FRAME, untyped({ seed: 1 })),
      /expected options named colorType, program, .*, got "seed"$/,
    ],
    [
      "encodeCartridge",
      () => encodeCartridge(FRAME, untyped(null)),
      /expected options as a plain object, got null/,
    ],
    [
      "decodePng",
      (png) => decodePng(png, untyped({ limit: { pixels: 5 } })),
      /expected options named limits, got "limit"/,
    ],
    [
      "decodePng",
      (png) => decodePng(png, untyped({ limits: { pixel: 5 } })),
      /expected limits named .*, got "pixel"; did you mean pixels\?/,
    ],
    [
      "decodePng",
      (png) => decodePng(png, untyped({ limits: [5] })),
      /expected limits as a plain object, got an array/,
    ],
    [
      "decodeCartridge",
      (png) => decodeCartridge(png, untyped({ limits: { sides: 5 } })),
      /got "sides"; did you mean side\?/,
    ],
    [
      "decodeCartridge",
      (png) => decodeCartridge(png, untyped({ Limits: {} })),
      /got "Limits"; did you mean limits\?/,
    ],
    [
      "readCartridgeMetadata",
      (png) => readCartridgeMetadata(png, untyped({ limits: { textbytes: 5 } })),
      /got "textbytes"; did you mean textBytes\?/,
    ],
    [
      "readCartridgeMetadata",
      (png) => readCartridgeMetadata(png, untyped({ limit: 5 })),
      /got "limit"; did you mean limits\?/,
    ],
    [
      "verifyCartridge",
      (png) => verifyCartridge(png, untyped({ render, limits: { pixel: 5 } })),
      /got "pixel"; did you mean pixels\?/,
    ],
    [
      "cartridgeFileName",
      () => cartridgeFileName(untyped({ name: "x", time: 1, runs: 2 })),
      /expected parts named name, time, run, got "runs"; did you mean run\?/,
    ],
    [
      "cartridgeFileName",
      () => cartridgeFileName(untyped({ name: 5, time: 1, run: 2 })),
      /expected name as a string, got 5/,
    ],
  ])("%s: %#", async (_, call, message) => {
    const png = await good;
    const outcome = Promise.resolve().then(() => call(png));
    await expect(outcome).rejects.toThrow(TypeError);
    await expect(outcome).rejects.toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    [
      "a number as createdAt",
      { createdAt: 1_700_000_000 },
      /expected createdAt as a Date, got 1700000000: pass new Date\(milliseconds\)/,
    ],
    [
      "a text as createdAt",
      { createdAt: "2026-11-24" },
      /expected createdAt as a Date, got the string "2026-11-24"/,
    ],
    ["an invalid date", { createdAt: new Date(Number.NaN) }, /expected createdAt in the years 0 to 9999/],
    ["an object as createdAt", { createdAt: {} }, /expected createdAt as a Date, got an object/],
    [
      "bytes as program",
      { program: Buffer.from("HALT") },
      /expected program as a string, got a Uint8Array object/,
    ],
    ["a parsed program", { program: { instructions: [] } }, /expected program as a string, got an object/],
    ["null as program", { program: null }, /expected program as a string, got null/],
    ["a number as language", { language: 1 }, /expected language as a string, got 1/],
    ["numbers as background", { background: [0, 0, 0] }, /expected background as a string, got an array/],
    ["an object as engine", { engine: {} }, /expected engine as a string, got an object/],
    [
      "another colour type",
      { colorType: "rgb" },
      /expected colorType as "auto" or "rgba", got the string "rgb"/,
    ],
    ["a number as colour type", { colorType: 6 }, /expected colorType as "auto" or "rgba", got 6/],
  ])("%s", async (_, options, message) => {
    await expect(encodeCartridge(FRAME, untyped(options))).rejects.toThrow(message);
  });

  test("a Date of another realm is accepted", async () => {
    const date = runInNewContext(`new Date(${createdAt.getTime()})`) as Date;
    expect(readCartridgeMetadata(await encodeCartridge(FRAME, { createdAt: date })).createdAt).toEqual(
      createdAt,
    );
  });
});

test("everything that encodeCartridge accepts decodes to the same bytes", async () => {
  const any = fc.anything({
    withTypedArray: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withBigInt: true,
    maxDepth: 2,
  });
  const mostly = <T>(usual: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: any });
  const options = fc.record(
    {
      program: mostly(fc.string({ unit: "binary" })),
      language: mostly(fc.constantFrom("1", "2")),
      params: mostly(fc.dictionary(fc.string(), mostly(fc.oneof(fc.string(), fc.integer(), fc.double())))),
      createdAt: mostly(fc.date()),
      background: mostly(fc.string()),
      engine: mostly(fc.string({ unit: "binary" })),
      colorType: mostly(fc.constantFrom("auto", "rgba")),
    },
    { requiredKeys: [] },
  );
  const data = fc.oneof(
    { weight: 5, arbitrary: fc.uint8ClampedArray({ minLength: 16, maxLength: 16 }) },
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.float32Array({ minLength: 16, maxLength: 16 }),
    fc.uint16Array({ minLength: 16, maxLength: 16 }),
    any,
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(data, options, async (data, options) => {
      const png: unknown = await encodeCartridge(frame(data), untyped(options)).catch(
        (error: unknown) => error,
      );
      expect(png instanceof Uint8Array || png instanceof TypeError || png instanceof RangeError).toBe(true);
      if (!(png instanceof Uint8Array)) return;
      accepted++;
      const decoded = await decodeCartridge(png);
      expect(Array.from(decoded.frame.data)).toEqual(Array.from(data as Uint8Array));
      expect(decoded.metadata.gvpie?.program).toBe(options.program);
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(20);
});

test("importing the package, or any of its modules, needs no platform global", async () => {
  const source = fileURLToPath(new URL("../src/", import.meta.url));
  const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const modules = names.map((name) => `await import(${JSON.stringify(source + name)});`);
  const script = `
    const { exit } = process;
    // Node's own modules are loaded before.
    await import("node:zlib");
    await import("node:crypto");
    await import("node:worker_threads");
    for (const name of ["TextEncoder", "TextDecoder", "crypto", "CompressionStream", "DecompressionStream", "Response",
      "Worker", "self", "navigator", "window", "document", "MessageChannel", "Blob", "ImageData", "SharedArrayBuffer",
      "AbortController", "AbortSignal", "DOMException", "structuredClone", "fetch", "performance"]) {
      delete globalThis[name];
    }
    ${modules.join("\n    ")}
    console.log("imported");
    exit(0);`;
  const { stdout, stderr } = await runProcess(process.execPath, [
    "--conditions=@gvpie/source",
    "--input-type=module",
    "--eval",
    script,
  ]);
  expect([stdout, stderr]).toEqual(["imported\n", ""]);
});
