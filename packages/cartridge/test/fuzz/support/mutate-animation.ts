import type { SeededRandom } from "@gvpie/testing";
import { deflateSync, inflateSync } from "node:zlib";
import { type LooseChunk, mutatePng, readChunks, writeChunks } from "./mutate-png.ts";

const nameOf = ({ type }: LooseChunk): string => Buffer.from(type).toString("latin1");
const WORDS = [0, 1, 2, 3, 5, 8, 200, 0x7fff_ffff, 0xffff_ffff];

/** Replaces a chunk of a type by what `change` makes of a copy of its data. */
function change(
  chunks: LooseChunk[],
  name: string,
  random: SeededRandom,
  edit: (data: Buffer) => Uint8Array | undefined,
): void {
  const places = chunks.flatMap((chunk, i) => (nameOf(chunk) === name ? [i] : []));
  if (places.length === 0) return;
  const at = random.pick(places);
  const { type, data } = chunks[at] as LooseChunk;
  const copy = Buffer.from(data);
  chunks[at] = { type, data: edit(copy) ?? copy };
}

type Change = (chunks: LooseChunk[], random: SeededRandom) => void;

const CHANGES: readonly Change[] = [
  // Number of frames, or of plays.
  (chunks, random) =>
    change(chunks, "acTL", random, (data) => {
      if (data.length >= 8) data.writeUInt32BE(random.pick(WORDS), 4 * random.below(2));
      return undefined;
    }),
  // Box, or sequence number.
  (chunks, random) =>
    change(chunks, "fcTL", random, (data) => {
      const at = 4 * random.below(5);
      if (data.length >= at + 4) data.writeUInt32BE(random.pick(WORDS), at);
      return undefined;
    }),
  // Delay, disposal and blending.
  (chunks, random) =>
    change(chunks, "fcTL", random, (data) => {
      const at = 20 + random.below(6);
      if (at < data.length) data[at] = random.pick([0, 1, 2, 3, 255]);
      return undefined;
    }),
  // The pixels of a frame.
  (chunks, random) =>
    change(chunks, "fdAT", random, (data) => {
      try {
        const rows = inflateSync(data.subarray(4), { maxOutputLength: 65_536 });
        rows[random.below(rows.length)] = random.below(256);
        return Buffer.concat([data.subarray(0, 4), deflateSync(rows)]);
      } catch {
        return undefined;
      }
    }),
  // The pixel data in two chunks.
  (chunks, random) => {
    const at = chunks.findLastIndex((chunk) => nameOf(chunk) === "fdAT");
    const chunk = chunks[at];
    if (chunk === undefined) return;
    const middle = 4 + random.below(Math.max(1, chunk.data.length - 4));
    const second = Buffer.concat([chunk.data.subarray(0, 4), chunk.data.subarray(middle)]);
    chunks.splice(at, 1, { ...chunk, data: chunk.data.subarray(0, middle) }, { ...chunk, data: second });
  },
  // A chunk of a frame twice, elsewhere, or not at all.
  (chunks, random) => {
    const places = chunks.flatMap((chunk, i) => (/^f[cd]/.test(nameOf(chunk)) ? [i] : []));
    if (places.length === 0) return;
    const at = random.pick(places);
    const copy = chunks[at];
    if (copy === undefined) return;
    if (random.oneIn(2)) chunks.splice(at, 1);
    if (random.oneIn(2)) chunks.splice(random.below(chunks.length + 1), 0, copy);
  },
];

/** Numbers the chunks of an animation again, so that a file with other frames stays valid. */
function renumber(chunks: readonly LooseChunk[]): LooseChunk[] {
  let sequence = 0;
  return chunks.map((chunk) => {
    if (!/^f[cd]/.test(nameOf(chunk)) || chunk.data.length < 4) return chunk;
    const data = Buffer.from(chunk.data);
    data.writeUInt32BE(sequence++, 0);
    return { ...chunk, data };
  });
}

/** Changes the chunks of an animation and writes correct CRCs; in one of three cases changes the file as any PNG. */
export function mutateAnimation(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.oneIn(3)) return mutatePng(input, other, random);
  const chunks = readChunks(input);
  for (let i = 1 + random.below(3); i > 0; i--) random.pick(CHANGES)(chunks, random);
  return writeChunks(random.oneIn(3) ? chunks : renumber(chunks));
}
