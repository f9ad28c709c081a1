import {
  CartridgeError,
  decodeCartridge,
  decodePng,
  encodeCartridge,
  encodePng,
  readCartridgeMetadata,
  type Frame,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { mutatePng } from "../png-chunks.ts";
import { everyKindOfPng } from "../png-kinds.ts";
import type { Random } from "../random.ts";
import { outcomeOf, type Target } from "../target.ts";

/** Small enough that nothing is slow, and large enough that something is let through. */
const limits = { side: 4_096, pixels: 262_144, textBytes: 65_536, recordBytes: 65_536 };

async function seeds(): Promise<Uint8Array[]> {
  const program = "COLOR #f80\nDISC 6 4 3\nCOLOR #0000ff88\nRECT 4 0 9 3";
  const frame = renderProgram(program, { width: 12, height: 8 });
  const white = renderProgram("TXT 0 0 Hi", { width: 13, height: 8 });
  return [
    await encodePng(frame),
    await encodePng(white),
    await encodePng(frame, { colorType: "rgba" }),
    await encodeCartridge(white),
    await encodeCartridge(frame, { program, params: { a: 1 }, createdAt: new Date(0), engine: "raster-cpu" }),
    await encodeCartridge(frame, {
      program: `${program}${"\n# a comment".repeat(6_000)}`,
      createdAt: new Date(0),
    }),
    ...everyKindOfPng(),
  ];
}

function target(
  name: string,
  reads: string,
  share: number,
  read: (input: Uint8Array) => string | Promise<string>,
): Target {
  return {
    name,
    reads,
    share,
    keptBytes: 1_024,
    seeds,
    mutate: (input: Uint8Array, other: Uint8Array, random: Random) =>
      mutatePng(input, other, random).subarray(0, 65_536),
    async run(input) {
      try {
        return await read(input);
      } catch (error) {
        if (error instanceof CartridgeError) return outcomeOf(error.code, error.message);
        throw error;
      }
    },
  };
}

function check({ width, height, data }: Frame): void {
  if (width * height > limits.pixels || data.length !== width * height * 4) {
    throw new Error(`a frame of ${width} × ${height} with ${data.length} bytes`);
  }
}

/** The chunk reader and the decoder, for cartridges and for all other PNGs. */
export const png: Target = target("png", "PNG files, decoded, and their checksums", 20, async (input) => {
  check(await decodePng(input, { limits }));
  const { frame, metadata } = await decodeCartridge(input, { limits });
  check(frame);
  return `decoded ${metadata === undefined} ${frame.data.length > 1_000}`;
});

/** The texts alone. */
export const metadata: Target = target("metadata", "metadata of cartridges", 40, (input) => {
  const found = readCartridgeMetadata(input, { limits });
  const { gvpie, ...texts } = found;
  const kinds = [...Object.entries(texts), ...Object.entries(gvpie ?? {})].map(
    ([key, value]) => `${key}:${value === undefined ? "none" : typeof value}`,
  );
  return `read ${kinds.join(" ")}`;
});
