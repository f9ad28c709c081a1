// Valid files that only have much of something are read, and cost no more than their bytes.

import { decodePng, encodeCartridge, readCartridgeMetadata, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { runNode } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  ascii,
  chunk,
  chunkBytes,
  chunksOf,
  concat,
  idat,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
} from "./support/chunks.ts";
import { frameOf, paintFrame } from "./support/frames.ts";
import { requirePillow, runPillow } from "./support/pillow.ts";

const HEADER = ihdr(2, 2, 1, 0);
const PIXELS = idat([0, 0b01000000, 0, 0b10000000]);
const FRAME = frameOf(".#", "#.");

const repeat = (count: number, of: (i: number) => RawChunk) => Array.from({ length: count }, (_, i) => of(i));
const zeros = (length: number) => new Uint8Array(length);

/** Splits data into chunks of `bytes` bytes. */
function split(data: Uint8Array, bytes: number): RawChunk[] {
  return repeat(Math.ceil(data.length / bytes), (i) =>
    chunk("IDAT", data.subarray(i * bytes, (i + 1) * bytes)),
  );
}

describe("pixel data in many chunks is read: IDAT is counted by bytes", () => {
  const frame = paintFrame(1500, 1500, (x, y) => [x, y, x ^ y, 255]);
  const rowBytes = frame.width * 4;
  const rows = Array.from({ length: frame.height }, (_, y) =>
    Buffer.concat([Buffer.of(0), Buffer.from(frame.data.buffer, y * rowBytes, rowBytes)]),
  );
  const stored = deflateSync(Buffer.concat(rows), { level: 0 });

  test.each([
    ["1,000 bytes", 1000],
    ["4 KiB, as ffmpeg writes them", 4096],
    ["8 KiB, libpng's buffer", 8192],
  ])("chunks of %s", async (_, bytes) => {
    const chunks = split(stored, bytes);
    expect(chunks.length).toBeGreaterThan(1000);
    const decoded = await decodePng(pngOf([ihdr(1500, 1500, 8, 6), ...chunks, IEND]));
    expect(Buffer.compare(new Uint8Array(decoded.data), new Uint8Array(frame.data))).toBe(0);
  });

  test("chunks of 1 byte", async () => {
    expect(await decodePng(pngOf([HEADER, ...split(PIXELS.data, 1), IEND]))).toEqual(FRAME);
  });

  test("chunks without data between, before and after the others", async () => {
    const empty = repeat(1500, () => chunk("IDAT"));
    const halves = split(PIXELS.data, 5);
    const png = pngOf([HEADER, ...empty, ...halves.flatMap((half) => [half, ...empty]), IEND]);
    expect(await decodePng(png)).toEqual(FRAME);
  });

  test("files that Pillow writes in chunks of 512 bytes", async (context) => {
    requirePillow(context);
    const script = `
import io, base64
from PIL import ImageFile
ImageFile.MAXBLOCK = 512
image = Image.effect_noise((64, 16000), 100)
out = io.BytesIO()
image.save(out, "PNG")
print(json.dumps([base64.b64encode(out.getvalue()).decode(), hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest()]))`;
    const [png, hash] = runPillow(script, {}) as [string, string];
    const bytes = Buffer.from(png, "base64");
    expect(chunksOf(bytes).filter(({ type }) => type === "IDAT").length).toBeGreaterThan(1000);
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array((await decodePng(bytes)).data));
    expect(Buffer.from(digest).toString("hex")).toBe(hash);
  });
});

describe("chunks that are skipped are not limited", () => {
  const xmp = concat(ascii("XML:com.adobe.xmp\0\0\0\0\0"), zeros(1_600_000).fill(32));
  const skipped: readonly (readonly [string, readonly RawChunk[]])[] = [
    ["XMP of 1.6 MB in iTXt", [chunk("iTXt", xmp)]],
    ["a text of 3 MB", [chunk("tEXt", concat(ascii("Comment\0"), zeros(3_000_000).fill(65)))]],
    ["a compressed text of 64 MiB", [chunk("zTXt", concat(ascii("c\0\0"), deflateSync(zeros(2 ** 26))))]],
    ["a damaged compressed text", [chunk("zTXt", ascii("Comment\0\0nonsense"))]],
    ["a text compressed by an unknown method", [chunk("zTXt", ascii("k\0\x01"))]],
    ["a text without keyword", [chunk("tEXt", ascii("\0text"))]],
    ["a text without NUL", [chunk("tEXt", ascii("keyword"))]],
    ["empty texts", [chunk("tEXt"), chunk("zTXt"), chunk("iTXt")]],
    ["a keyword of 80 bytes", [chunk("tEXt", ascii(`${"k".repeat(80)}\0`))]],
    [
      "keywords with spaces",
      [" k", "k ", "k  k", "k\u00a0k", "k\n"].map((k) => chunk("tEXt", ascii(`${k}\0`))),
    ],
    [
      "keywords that begin like ours",
      ["gvpie2", "gvpi", "checksums"].map((k) => chunk("tEXt", ascii(`${k}\0x`))),
    ],
    ["2,000 texts of one keyword", repeat(2000, () => chunk("tEXt", ascii("Comment\0x")))],
    ["a profile of 2 MB", [chunk("iCCP", zeros(2_000_000))]],
    ["EXIF of 2 MB", [chunk("eXIf", zeros(2_000_000))]],
    ["1,500 suggested palettes", repeat(1500, (i) => chunk("sPLT", ascii(`p${i}\0\x08`)))],
    ["a private chunk of 5 MB", [chunk("prVt", zeros(5_000_000))]],
    ["1,500 types of chunks", repeat(1500, (i) => chunk(`a${String.fromCharCode(97 + (i % 26), 65, 97)}`))],
    [
      "an animation of 1,500 frames, one of 2 MB",
      [
        chunk("acTL", concat([0, 0, 5, 220, 0, 0, 0, 0])),
        ...repeat(1500, (i) => chunk("fdAT", zeros(i === 7 ? 2_000_000 : 9))).flatMap((data) => [
          chunk("fcTL", zeros(26)),
          data,
        ]),
      ],
    ],
  ];

  test.each(skipped)("%s", async (_, chunks) => {
    expect(await decodePng(pngOf([HEADER, ...chunks, PIXELS, IEND]))).toEqual(FRAME);
    expect(await decodePng(pngOf([HEADER, PIXELS, ...chunks, IEND]))).toEqual(FRAME);
  });

  test("a cartridge among large texts of others is read and verified", async () => {
    const program = "RECT 0 0 1 1";
    const png = await encodeCartridge(renderProgram(program), { program, language: "1" });
    const [header, ...rest] = chunksOf(png) as [RawChunk, ...RawChunk[]];
    const texts = [chunk("iTXt", xmp), ...repeat(1200, () => chunk("tEXt", ascii("Comment\0x")))];
    const larger = pngOf([header, ...texts, ...rest]);
    expect(readCartridgeMetadata(larger).gvpie?.program).toBe(program);
    expect((await verifyCartridge(larger, { render: renderProgram })).status).toBe("verified");
  });
});

describe("millions of chunks take no memory", () => {
  /** Repeats the bytes of chunks up to about 40 MB. */
  const fill = (...chunks: readonly RawChunk[]) => {
    const bytes = Buffer.concat(chunks.map(chunkBytes));
    return Buffer.alloc(bytes.length * Math.floor(40_000_000 / bytes.length), bytes);
  };
  const head = pngOf([HEADER]);
  const pixels = chunkBytes(PIXELS);
  const end = chunkBytes(IEND);

  test.each<[string, readonly Uint8Array[], string]>([
    ["IDAT without data", [head, fill(chunk("IDAT")), pixels, end], "2×2"],
    ["IDAT without data, after the pixels", [head, pixels, fill(chunk("IDAT")), end], "2×2"],
    ["IDAT of one byte", [head, fill(chunk("IDAT", [0])), end], "CARTRIDGE_BAD_PIXELS"],
    ["texts of others", [head, fill(chunk("tEXt", ascii("k\0"))), pixels, end], "2×2"],
    ["one of our texts", [head, fill(chunk("tEXt", ascii("gvpie\0{}"))), pixels, end], "2×2"],
    ["a text of ours in iTXt", [head, fill(chunk("iTXt", ascii("Software\0\0\0\0\0x"))), pixels, end], "2×2"],
    ["chunks of two types", [head, fill(chunk("tIME"), chunk("prVt")), pixels, end], "2×2"],
    ["frames of an animation", [head, pixels, fill(chunk("fcTL"), chunk("fdAT", zeros(4))), end], "2×2"],
  ])("%s", async (_, parts, outcome) => {
    const path = join(temporaryDirectory(), "many.png");
    writeFileSync(path, Buffer.concat(parts));
    const { stdout } = await runNode(new URL("support/measure-decode.ts", import.meta.url), [path]);
    const report = JSON.parse(stdout) as { outcome: string; grownBytes: number };
    expect(report.outcome).toBe(outcome);
    expect(report.grownBytes).toBeLessThan(16 * 2 ** 20);
  });
});

test("pixel data longer than any encoder writes is refused before it is inflated", async () => {
  const png = pngOf([HEADER, chunk("IDAT", zeros(70_000)), IEND]);
  await expect(decodePng(png)).rejects.toMatchObject({
    code: "CARTRIDGE_BAD_PIXELS",
    message:
      "expected pixel data of 4 bytes, got a stream of 70000 bytes, more than the 65568 that it may take",
  });
});
