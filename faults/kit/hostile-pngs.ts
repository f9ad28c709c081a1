// Decodes mutated cartridges, and tells what came of them. Argument: {"count", "seed"}.
import { deflateSync } from "node:zlib";
import { CartridgeError, decodeCartridge, encodeCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import {
  chunk,
  chunksOf,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  textChunk,
} from "../../packages/cartridge/test/support/chunks.ts";
import { randomFrom } from "./bad-requests.ts";

const { count, seed } = JSON.parse(process.argv[2] ?? "{}") as { count: number; seed: number };
const random = randomFrom(seed);
const below = (limit: number): number => Math.floor(random() * limit);
const tell = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

const SWELLINGS = Array.from({ length: 64 }, () => deflateSync(Buffer.alloc(below(2_000_000))));
/** What grows to a size of its own when it is inflated. */
const swelling = (): Buffer => SWELLINGS[below(SWELLINGS.length)] ?? Buffer.alloc(0);

/** Each takes a sound file's chunks apart and gives bytes that are mostly no sound file. */
const MUTATIONS: Readonly<Record<string, (png: Uint8Array, chunks: RawChunk[]) => Uint8Array>> = {
  "bits flipped": (png) => {
    const bytes = png.slice();
    for (let flips = 1 + below(4); flips > 0; flips--) flipBit(bytes);
    return bytes;
  },
  "bits flipped under a right CRC": (_png, chunks) => {
    const data = chunks[below(chunks.length)]?.data;
    if (data !== undefined && data.length > 0) flipBit(data);
    return pngOf(chunks);
  },
  "chunks in another order": (_png, chunks) => pngOf(chunks.sort(() => random() - 0.5)),
  "a chunk twice": (_png, chunks) =>
    pngOf(chunks.toSpliced(below(chunks.length + 1), 0, chunks[below(chunks.length)] ?? IEND)),
  "a chunk missing": (_png, chunks) => pngOf(chunks.toSpliced(below(chunks.length), 1)),
  "a length that lies": (png) => {
    const bytes = Buffer.from(png);
    bytes.writeUInt32BE(below(2) === 0 ? below(2 ** 32) : below(400), 8 + below(2) * 25);
    return bytes;
  },
  "cut off": (png) => png.slice(0, below(png.length)),
  "bytes behind the end": (png) => Buffer.concat([png, Buffer.alloc(1 + below(50), below(256))]),
  "another header": (_png, chunks) => {
    const header = ihdr(
      below(3) === 0 ? below(2 ** 32) : below(400),
      below(400),
      [1, 2, 4, 8, 16][below(5)] ?? 8,
      below(8),
    );
    return pngOf([header, ...chunks.slice(1)]);
  },
  "text that grows": (_png, chunks) => {
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
    pngOf(chunks.map((one) => (one.type === "IDAT" ? chunk("IDAT", swelling()) : one))),
};

const sound = await Promise.all(
  ["TXT 1 1 Hello", "RECT 0 0 9 9\nTXT 3 20 x", ""].map((program) =>
    encodeCartridge(renderProgram(program, { width: 64, height: 32 }), { program }),
  ),
);

const outcomes: Record<string, Record<string, number>> = {};
let uncaught = 0;
for (let number = 0; number < count; number++) {
  const names = Object.keys(MUTATIONS);
  const name = names[below(names.length)] ?? "";
  const png = sound[below(sound.length)] ?? new Uint8Array();
  const outcome = await outcomeOf(MUTATIONS[name]?.(png, chunksOf(png)) ?? png);
  if (outcome.startsWith("uncaught")) {
    uncaught++;
    tell({ type: "uncaught", name, outcome });
  }
  const of = (outcomes[name] ??= {});
  of[outcome] = (of[outcome] ?? 0) + 1;
}
tell({ type: "mutations", seed, count, uncaught, outcomes });

tell({ type: "done" });

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
