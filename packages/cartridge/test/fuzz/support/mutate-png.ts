import { crc32, deflateSync, inflateSync } from "node:zlib";
import type { SeededRandom } from "@gvpie/testing";
import { mutateBytes } from "@gvpie/testing/fuzz";

/** A chunk of a PNG that need not be well-formed. */
export interface LooseChunk {
  readonly type: Uint8Array;
  readonly data: Uint8Array;
}

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const TYPES = "IHDR PLTE tRNS IDAT IEND tEXt zTXt iTXt gAMA sRGB acTL fdAT IDaT idat".split(" ");
const KEYWORDS = ["gvpie", "checksum", "cartridge_type", "created_at", "Software", "", "x".repeat(80)];
const SIDES = [0, 1, 2, 7, 8, 9, 64, 1_000, 16_384, 16_385, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

type Change = (chunks: LooseChunk[], other: readonly LooseChunk[], random: SeededRandom) => void;

const CHANGES: readonly Change[] = [
  (chunks, _, random) => void chunks.splice(random.below(chunks.length), 1),
  (chunks, _, random) => {
    const chunk = chunks[random.below(chunks.length)];
    if (chunk) chunks.splice(random.below(chunks.length + 1), 0, chunk);
  },
  (chunks, other, random) => {
    if (other.length > 0) chunks.splice(random.below(chunks.length + 1), random.below(2), random.pick(other));
  },
  (chunks, _, random) => replace(chunks, random, ({ data }) => ({ type: latin1(random.pick(TYPES)), data })),
  (chunks, other, random) => {
    const donor = other.length > 0 ? random.pick(other).data : new Uint8Array();
    replace(chunks, random, ({ type, data }) => ({ type, data: mutateBytes(data, donor, random) }));
  },
  changeHeader,
  changeHeader,
  changePixels,
  changePixels,
  splitPixels,
  (chunks, _, random) => {
    const text = random.oneIn(2) ? String(random.next()) : "{".repeat(random.below(20));
    const type = random.pick(["tEXt", "zTXt", "iTXt"]);
    const keyword = random.pick(KEYWORDS);
    const packed = latin1(`${keyword}\0`);
    const body = type === "tEXt" ? latin1(text) : Buffer.concat([Uint8Array.of(0), deflateSync(text)]);
    chunks.splice(random.below(chunks.length + 1), 0, {
      type: latin1(type),
      data: Buffer.concat([packed, body]),
    });
  },
  (chunks, _, random) => {
    // A text that inflates to far more than its own length.
    const bomb = deflateSync(Buffer.alloc(random.pick([70_000, 2_000_000])));
    const data = Buffer.concat([latin1(`${random.pick(KEYWORDS)}\0\0`), bomb]);
    chunks.splice(random.below(chunks.length + 1), 0, { type: latin1("zTXt"), data });
  },
];

/** Changes the chunks of a PNG and writes correct CRCs; in one of six cases changes any bytes. */
export function mutatePng(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.oneIn(6)) return mutateBytes(input, other, random);
  const chunks = readChunks(input);
  const others = readChunks(other);
  for (let i = 1 + random.below(4); i > 0; i--) random.pick(CHANGES)(chunks, others, random);
  return writeChunks(chunks);
}

function replace(
  chunks: LooseChunk[],
  random: SeededRandom,
  change: (chunk: LooseChunk) => LooseChunk,
): void {
  const at = random.below(chunks.length);
  const chunk = chunks[at];
  if (chunk) chunks[at] = change(chunk);
}

function changeHeader(chunks: LooseChunk[], _: readonly LooseChunk[], random: SeededRandom): void {
  const at = chunks.findIndex(({ type, data }) => isType(type, "IHDR") && data.length === 13);
  const chunk = chunks[at];
  if (!chunk) return;
  const data = chunk.data.slice();
  const view = new DataView(data.buffer);
  const field = random.below(7);
  if (field < 2) {
    view.setUint32(field * 4, random.pick(SIDES));
  } else {
    data[6 + field] = random.pick([0, 1, 2, 3, 4, 6, 8, 16, 255]);
  }
  chunks[at] = { type: chunk.type, data };
}

/** Changes filters, samples and the length of the pixel data, and compresses them again. */
function changePixels(chunks: LooseChunk[], other: readonly LooseChunk[], random: SeededRandom): void {
  const at = chunks.findIndex(({ type }) => isType(type, "IDAT"));
  const chunk = chunks[at];
  if (!chunk) return;
  const donor = other.find(({ type }) => isType(type, "IDAT"));
  try {
    const raw = inflateSync(chunk.data, { maxOutputLength: 65_536 });
    const changed = mutateBytes(raw, donor?.data ?? raw, random);
    chunks[at] = { type: chunk.type, data: deflateSync(changed, { level: random.below(10) }) };
  } catch {
    // Data that cannot be inflated stays.
  }
}

function splitPixels(chunks: LooseChunk[], _: readonly LooseChunk[], random: SeededRandom): void {
  const at = chunks.findIndex(({ type }) => isType(type, "IDAT"));
  const chunk = chunks[at];
  if (!chunk) return;
  const middle = random.below(chunk.data.length + 1);
  const halves = [chunk.data.subarray(0, middle), chunk.data.subarray(middle)];
  chunks.splice(at, 1, ...halves.map((data) => ({ type: chunk.type, data })));
}

export function readChunks(file: Uint8Array): LooseChunk[] {
  const chunks: LooseChunk[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = SIGNATURE.length; at + 12 <= file.length && chunks.length < 64;) {
    const length = Math.min(view.getUint32(at), file.length - at - 12);
    chunks.push({ type: file.subarray(at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

export function writeChunks(chunks: readonly LooseChunk[]): Uint8Array {
  const parts: Uint8Array[] = [SIGNATURE];
  for (const { type, data } of chunks) {
    const body = Buffer.concat([type, data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    parts.push(ends.subarray(0, 4), body, ends.subarray(4));
  }
  return Buffer.concat(parts);
}

function isType(type: Uint8Array, name: string): boolean {
  return Buffer.from(type).toString("latin1") === name;
}
