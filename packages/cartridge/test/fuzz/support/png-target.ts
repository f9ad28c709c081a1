import { CartridgeError, encodeCartridge, encodePng, type Frame } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { type FuzzTarget, outcomeOf } from "@gvpie/testing/fuzz";
import { mutatePng } from "./mutate-png.ts";
import { pngOfEveryKind } from "./png-kinds.ts";

/** Small enough that no input is slow, and large enough that some inputs are accepted. */
export const LIMITS = { side: 4_096, pixels: 262_144, textBytes: 65_536, recordBytes: 65_536 };

/** Returns a target that reads PNG files. */
export function pngTarget(
  reads: string,
  weight: number,
  read: (input: Uint8Array) => string | Promise<string>,
): FuzzTarget {
  return {
    reads,
    weight,
    maxCorpusBytes: 1_024,
    seeds,
    mutate: (input, other, random) => mutatePng(input, other, random).subarray(0, 65_536),
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

/** Throws if a frame exceeds the limits or its length is not that of its size. */
export function checkFrame({ width, height, data }: Frame): void {
  if (width * height > LIMITS.pixels || data.length !== width * height * 4) {
    throw new Error(`a frame of ${width} × ${height} with ${data.length} bytes`);
  }
}

async function seeds(): Promise<Uint8Array[]> {
  const program = "COLOR #f80\nDISC 6 4 3\nCOLOR #0000ff88\nRECT 4 0 9 3";
  const frame = renderProgram(program, { width: 12, height: 8 });
  const white = renderProgram("TXT 0 0 Hi", { width: 13, height: 8 });
  return [
    await encodePng(frame),
    await encodePng(white),
    await encodePng(frame, { colorType: "rgba" }),
    await encodeCartridge(white),
    await encodeCartridge(frame, {
      program,
      language: "1",
      params: { a: 1 },
      createdAt: new Date(0),
      engine: "raster-cpu",
    }),
    await encodeCartridge(frame, {
      program: `${program}${"\n# a comment".repeat(6_000)}`,
      language: "1",
      createdAt: new Date(0),
    }),
    ...pngOfEveryKind(),
  ];
}
