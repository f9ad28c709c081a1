// Decodes mutated cartridges and reports their outcomes. Argument: {"count", "seed"}.
import { deflateSync } from "node:zlib";
import { CartridgeError, decodeCartridge, encodeCartridge } from "@gvpie/cartridge";
import { chunk, chunksOf, IEND, ihdr, pngOf, type RawChunk, textChunk } from "@gvpie/cartridge/test-support";
import { renderProgram } from "@gvpie/raster-cpu";
import { SeededRandom } from "@gvpie/testing";
import { report } from "./report-line.ts";

const { count, seed } = JSON.parse(process.argv[2] ?? "{}") as { count: number; seed: number };
const random = new SeededRandom(seed);
const below = (limit: number): number => random.below(limit);

/** Compressed zeros of many lengths, up to 2 MB. */
const COMPRESSED = Array.from({ length: 64 }, () => deflateSync(Buffer.alloc(below(2_000_000))));

/** Changes of a valid file, given as bytes and as chunks; most results are invalid. */
const MUTATIONS: Readonly<Record<string, (png: Uint8Array, chunks: RawChunk[]) => Uint8Array>> = {
  "bits flipped": (png) => {
    const bytes = png.slice();
    for (let flips = 1 + below(4); flips > 0; flips--) flipBit(bytes);
    return bytes;
  },
  "bits flipped, the CRC right": (_png, chunks) => {
    const data = chunks[below(chunks.length)]?.data;
    if (data !== undefined && data.length > 0) flipBit(data);
    return pngOf(chunks);
  },
  "chunks in another order": (_png, chunks) => pngOf(chunks.sort(() => random.fraction() - 0.5)),
  "a chunk twice": (_png, chunks) =>
    pngOf(chunks.toSpliced(below(chunks.length + 1), 0, chunks[below(chunks.length)] ?? IEND)),
  "a chunk missing": (_png, chunks) => pngOf(chunks.toSpliced(below(chunks.length), 1)),
  "a wrong length": (png) => {
    const bytes = Buffer.from(png);
    bytes.writeUInt32BE(below(2) === 0 ? below(2 ** 32) : below(400), 8 + below(2) * 25);
    return bytes;
  },
  "cut off": (png) => png.slice(0, below(png.length)),
  "bytes after the end": (png) => Buffer.concat([png, Buffer.alloc(1 + below(50), below(256))]),
  "another header": (_png, chunks) => {
    const header = ihdr(
      below(3) === 0 ? below(2 ** 32) : below(400),
      below(400),
      random.pick([1, 2, 4, 8, 16]),
      below(8),
    );
    return pngOf([header, ...chunks.slice(1)]);
  },
  "text that inflates": (_png, chunks) => {
    const body = Buffer.concat([
      Buffer.from("gvpie\0\0", "latin1"),
      deflateSync(Buffer.alloc(below(2_000_000))),
    ]);
    return pngOf(chunks.toSpliced(1, 0, chunk("zTXt", body)));
  },
  "keywords and text of any bytes": (_png, chunks) => {
    const text = Array.from({ length: below(100) }, () => String.fromCharCode(below(256))).join("");
    return pngOf(chunks.toSpliced(1, 0, textChunk(text.slice(0, below(90)), text)));
  },
  "more pixels than fit": (_png, chunks) =>
    pngOf(chunks.map((one) => (one.type === "IDAT" ? chunk("IDAT", random.pick(COMPRESSED)) : one))),
};

const valid = await Promise.all(
  ["TXT 1 1 Hello", "RECT 0 0 9 9\nTXT 3 20 x", ""].map((program) =>
    encodeCartridge(renderProgram(program, { width: 64, height: 32 }), { program, language: "1" }),
  ),
);

const outcomes: Record<string, Record<string, number>> = {};
let uncaught = 0;
for (let number = 0; number < count; number++) {
  const name = random.pick(Object.keys(MUTATIONS));
  const png = random.pick(valid);
  const outcome = await outcomeOf(MUTATIONS[name]?.(png, chunksOf(png)) ?? png);
  if (outcome.startsWith("uncaught")) {
    uncaught++;
    report({ type: "uncaught", name, outcome });
  }
  const counts = (outcomes[name] ??= {});
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
report({ type: "mutations", seed, count, uncaught, outcomes });
report({ type: "done" });

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    await decodeCartridge(bytes);
    return "decoded";
  } catch (error) {
    return error instanceof CartridgeError ? error.code : `uncaught ${String(error)}`;
  }
}

function flipBit(bytes: Uint8Array): void {
  const at = below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
}
