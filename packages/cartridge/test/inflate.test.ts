import * as fc from "fast-check";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { inflateText } from "../src/inflate.ts";
import { platform as browser } from "../src/platform.browser.ts";
import { platform as node } from "../src/platform.node.ts";
import { ascii, concat } from "./support/chunks.ts";
import { EMPTY_BLOCK_KINDS, emptyBlocks } from "./support/empty-blocks.ts";

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

/** Inflates a stream that must fill `data` with zlib. Returns undefined if zlib rejects it. */
function inflateByZlib(data: Uint8Array): Uint8Array | undefined {
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

type Inflate = (data: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

/** Every implementation. Node runs those of browsers too; `LIMIT` is large enough to select the stream. */
const implementations: [string, Inflate][] = [
  ["node", async (data, maxBytes) => node.inflateSync(data, maxBytes)],
  ["browser, synchronous", async (data, maxBytes) => browser.inflateSync(data, maxBytes)],
  ["browser, asynchronous", async (data, maxBytes) => browser.inflate(data, maxBytes)],
];

describe.each(implementations)("inflate: %s", (name, inflate) => {
  const runs = name === "browser, asynchronous" ? 0.1 : 1;
  const outcome = (data: Uint8Array): Promise<Uint8Array | undefined> =>
    inflate(data, LIMIT).then(
      (content) => new Uint8Array(content),
      () => undefined,
    );

  test("inflates every stream that zlib deflates", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, options, async (content, how) => {
        expect(await outcome(deflateSync(content, how))).toEqual(content);
      }),
      { numRuns: 300 * runs },
    );
  });

  test("accepts and rejects damaged streams as zlib does", async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 120 }).map(ascii),
        options,
        damage,
        async (content, how, edits) => {
          const stream = Uint8Array.from(deflateSync(content, how));
          for (const [at, byte] of edits) stream[2 + (at % (stream.length - 2))] = byte;
          expect(await outcome(stream)).toEqual(inflateByZlib(stream));
        },
      ),
      { numRuns: 2000 * runs },
    );
  });

  test("rejects a stream cut at any byte", async () => {
    const stream = deflateSync("a text, a text, a text");
    for (let length = 0; length < stream.length; length++) {
      expect([length, await outcome(stream.subarray(0, length))]).toEqual([length, undefined]);
    }
  });

  const stream = deflateSync("a text, a text, a text");
  /** Returns a raw block after a zlib header. */
  const block = (...deflated: readonly number[]) => Uint8Array.of(0x78, 0x9c, ...deflated);
  test.each<[string, Uint8Array]>([
    ["no bytes", new Uint8Array()],
    ["a header alone", block()],
    ["bytes without a zlib header", Uint8Array.of(1, 2, 3)],
    ["a window over 32 KiB", Uint8Array.of(0x88, 0x1c, ...stream.subarray(2))],
    ["a preset dictionary", Uint8Array.of(0x78, 0xbb, 0, 0, 0, 0, ...stream.subarray(2))],
    ["a gzip stream", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...stream.subarray(2))],
    ["an unknown block type", block(0b111)],
    ["a stored length that contradicts its complement", block(1, 1, 0, 1, 0, 65)],
    ["a stored block that ends early", block(1, 9, 0, 246, 255, 65)],
    ["a distance before the start", block(0x63, 0x00, 0x02)],
    ["too many literal codes", block(0b11111101, 0xff, 0xff)],
    ["no Adler-32", stream.subarray(0, -4)],
    ["a wrong Adler-32", concat(stream.subarray(0, -1), [1])],
    ["bytes after its end", concat(stream, [0])],
  ])("rejects %s", async (_, data) => {
    expect(inflateByZlib(data)).toBeUndefined();
    await expect(inflate(data, LIMIT)).rejects.toBeInstanceOf(Error);
  });

  test("rejects content over the bound with a RangeError", async () => {
    expect(await inflate(deflateSync(new Uint8Array(LIMIT)), LIMIT)).toHaveLength(LIMIT);
    await expect(inflate(deflateSync(new Uint8Array(LIMIT + 1)), LIMIT)).rejects.toThrow(RangeError);
    const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflate(bomb, LIMIT)).rejects.toThrow(RangeError);
    // A stream may hold what one write of 16 KiB inflates to.
    const constant = name === "browser, asynchronous" ? 17 : 1;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(constant * 1024 * 1024);
  });

  test.each(EMPTY_BLOCK_KINDS)("inflates empty blocks to no bytes: %s", async (kind) => {
    const data = emptyBlocks(kind, 65_536);
    expect(await inflate(data, LIMIT)).toHaveLength(0);
    expect(await outcome(concat(data, [0]))).toBeUndefined();
    expect(await outcome(data.subarray(0, -1))).toBeUndefined();
  });
});

describe("a compressed text made of empty blocks", () => {
  // zlib and pako bound the work per block: tables of at most 852 entries for literals and 592 for distances. The test
  // counts the reads of the input.
  test.each(EMPTY_BLOCK_KINDS)("is read at most three times: %s", (kind) => {
    const data = emptyBlocks(kind, 65_536);
    let reads = 0;
    const counted = new Proxy(data, {
      get(target, key) {
        reads += typeof key === "string" && /^\d+$/.test(key) ? 1 : 0;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    expect(browser.inflateSync(counted, LIMIT)).toHaveLength(0);
    expect(reads).toBeGreaterThanOrEqual(data.length - 2);
    expect(reads).toBeLessThanOrEqual(3 * data.length);
  });

  test.each(EMPTY_BLOCK_KINDS)("is not inflated if it is longer than its limit needs: %s", (kind) => {
    const inflateSync = vi.spyOn(node, "inflateSync");
    try {
      // 9 bits per byte in fixed Huffman codes, plus 64 bytes for headers.
      const most = LIMIT * 1.125 + 64;
      const data = emptyBlocks(kind, most + 64);
      expect(data.length).toBeGreaterThan(most);
      expect(() => inflateText("checksum", data, LIMIT)).toThrowError(
        expect.objectContaining({ code: "CARTRIDGE_LIMIT" }),
      );
      expect(inflateSync).not.toHaveBeenCalled();
      expect(inflateText("checksum", emptyBlocks(kind, most), LIMIT)).toHaveLength(0);
      expect(inflateSync).toHaveBeenCalledTimes(1);
    } finally {
      inflateSync.mockRestore();
    }
  });
});

test("inflates the longest streams that zlib writes for a text", () => {
  const content = new Uint8Array(LIMIT).map((_, i) => 144 + ((Math.imul(i, 0x9e3779b1) >>> 24) % 112));
  for (const how of [{ level: 0 }, { level: 9, strategy: constants.Z_FIXED }, { level: 0, memLevel: 1 }]) {
    expect(inflateText("checksum", deflateSync(content, how), LIMIT)).toEqual(Buffer.from(content));
  }
});

test("reports a damaged text as CARTRIDGE_BAD_METADATA and a long one as CARTRIDGE_LIMIT", () => {
  expect(() => inflateText("gvpie", ascii("nonsense"), LIMIT)).toThrowError(
    expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
  );
  expect(() => inflateText("gvpie", deflateSync(new Uint8Array(LIMIT + 1)), LIMIT)).toThrowError(
    expect.objectContaining({ code: "CARTRIDGE_LIMIT" }),
  );
});
