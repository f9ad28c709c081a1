import { deflateSync } from "node:zlib";
import { encodeCartridge } from "@gvpie/cartridge";
import { chunk, IEND, ihdr, pngOf } from "@gvpie/cartridge/test-support";
import { renderProgram } from "@gvpie/raster-cpu";

const SIDE = 2_048;

/** Size of the frame that the bombs' headers promise. */
export const BOMB_FRAME_BYTES: number = SIDE * SIDE * 4;

/** Encodes a small valid cartridge. */
export function validCartridge(): Promise<Uint8Array> {
  return encodeCartridge(renderProgram("TXT 1 1 Hello"), { program: "TXT 1 1 Hello", language: "1" });
}

/** Builds small files that decompress to far more than their headers promise, by description. */
export function decompressionBombs(): Readonly<Record<string, Uint8Array>> {
  const large = deflateSync(Buffer.alloc(2 ** 28));
  const header = ihdr(SIDE, SIDE, 8, 6);
  const text = chunk("zTXt", Buffer.concat([Buffer.from("gvpie\0\0", "latin1"), large]));
  const honest = chunk("IDAT", deflateSync(Buffer.alloc((SIDE * 4 + 1) * SIDE)));
  return {
    "a frame that inflates to 256 MiB": pngOf([header, chunk("IDAT", large), IEND]),
    "text that inflates to 256 MiB": pngOf([header, text, honest, IEND]),
    "a header of 65,535 × 65,535": pngOf([
      ihdr(65_535, 65_535, 8, 6),
      chunk("IDAT", large.subarray(0, 1_000)),
      IEND,
    ]),
  };
}
