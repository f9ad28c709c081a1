import * as fc from "fast-check";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { hasCommonBlocks } from "../src/deflate-blocks.ts";
import { emptyBlocks } from "./support/empty-blocks.ts";

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;

describe("blocks that every decoder reads", () => {
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 5_000 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5_000 }).map((bytes) => Uint8Array.from(bytes)),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 }))
      .map(([bytes, times]) => new Uint8Array(Buffer.concat(Array.from({ length: times }, () => bytes)))),
  );
  const options = fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    windowBits: fc.integer({ min: 9, max: 15 }),
    strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
  });

  test("every stream of zlib, in all levels and strategies", () => {
    fc.assert(
      fc.property(data, options, (bytes, option) => {
        const stream = deflateSync(bytes, option);
        expect(hasCommonBlocks(stream)).toBe(true);
        // The last block ends where the checksum begins.
        expect(hasCommonBlocks(stream.subarray(0, stream.length - 4))).toBe(true);
        expect(hasCommonBlocks(stream.subarray(0, stream.length - 5))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test.each(["stored", "fixed"] as const)("empty blocks: %s", (kind) => {
    expect(hasCommonBlocks(emptyBlocks(kind, 1_000))).toBe(true);
  });
});

describe("blocks whose only code is their end, which Chromium rejects", () => {
  test("are found, although zlib accepts them", () => {
    const stream = emptyBlocks("dynamic", 1_000);
    expect(inflateSync(stream)).toHaveLength(0);
    expect(hasCommonBlocks(stream)).toBe(false);
  });
});
