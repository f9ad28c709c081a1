import { CartridgeError } from "@gvpie/cartridge";
import * as fc from "fast-check";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inflateText } from "../src/inflate-text.ts";
import { ascii, concat } from "./support/chunks.ts";

const LIMIT = 65_536;
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc.string({ maxLength: 3000 }).map(ascii),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 1200 }))
    .map(([unit, times]) => ascii(unit.repeat(times).slice(0, LIMIT))),
);
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
  ),
  windowBits: fc.integer({ min: 9, max: 15 }),
});

/** What zlib makes of a stream that must fill `data`; undefined when it refuses. */
function byZlib(data: Uint8Array): Uint8Array | undefined {
  try {
    const result = inflateSync(data, { info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return result.engine.bytesWritten === data.length ? new Uint8Array(result.buffer) : undefined;
  } catch {
    return undefined;
  }
}

function byUs(data: Uint8Array): Uint8Array | undefined {
  try {
    return inflateText(data, LIMIT).slice();
  } catch (error) {
    if (error instanceof CartridgeError && error.code === "CARTRIDGE_BAD_METADATA") {
      return undefined;
    }
    throw error;
  }
}

test("whatever zlib deflates, inflates", () => {
  fc.assert(
    fc.property(bytes, options, (content, how) => {
      expect(byUs(deflateSync(content, how))).toEqual(content);
    }),
    { numRuns: 300 },
  );
});

test("a damaged stream is judged as zlib judges it", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }).map(ascii), options, damage, (content, how, edits) => {
      const stream = Uint8Array.from(deflateSync(content, how));
      for (const [at, byte] of edits) {
        stream[2 + (at % (stream.length - 2))] = byte;
      }
      expect(byUs(stream)).toEqual(byZlib(stream));
    }),
    { numRuns: 2000 },
  );
});

describe("damage is refused", () => {
  const stream = deflateSync("a text, a text, a text");
  /** A raw block behind a zlib header. */
  const block = (...deflated: readonly number[]) => Uint8Array.of(0x78, 0x9c, ...deflated);
  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["a header alone", block()],
    ["no zlib header", Uint8Array.of(1, 2, 3)],
    ["a window over 32 KiB", Uint8Array.of(0x88, 0x1c, ...stream.subarray(2))],
    ["a preset dictionary", Uint8Array.of(0x78, 0xbb, 0, 0, 0, 0, ...stream.subarray(2))],
    ["an unknown block type", block(0b111)],
    ["a stored length that contradicts itself", block(1, 1, 0, 1, 0, 65)],
    ["a stored block that ends early", block(1, 9, 0, 246, 255, 65)],
    ["a copy from before the start", block(0x63, 0x00, 0x02)],
    ["too many literal codes", block(0b11111101, 0xff, 0xff)],
    ["no checksum", stream.subarray(0, -4)],
    ["a wrong checksum", concat(stream.subarray(0, -1), [1])],
    ["bytes after its end", concat(stream, [0])],
  ])("%s", (_, data) => {
    expect(byZlib(data)).toBeUndefined();
    expect(() => inflateText(data, LIMIT)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
  });

  test("output over the limit, before it is made", () => {
    const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => inflateText(bomb, LIMIT)).toThrowError(expect.objectContaining({ code: "CARTRIDGE_LIMIT" }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    expect(inflateText(deflateSync(new Uint8Array(LIMIT)), LIMIT)).toHaveLength(LIMIT);
    expect(() => inflateText(deflateSync(new Uint8Array(LIMIT + 1)), LIMIT)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_LIMIT" }),
    );
  });
});
