import { deflateSync } from "node:zlib";
import { encodeCartridge } from "@gvpie/cartridge";
import { chunk, chunksOf, IEND, ihdr, pngOf, type RawChunk } from "@gvpie/cartridge/test-support";
import { renderProgram } from "@gvpie/raster-cpu";

const SIDE = 4_096;

/** Returns the texts of a cartridge of black pixels whose program draws others. */
async function texts(side: number, program: string): Promise<RawChunk[]> {
  const png = await encodeCartridge(renderProgram("HALT", { width: side, height: side }), {
    program,
    language: "1",
  });
  return chunksOf(png).filter(({ type }) => type === "tEXt" || type === "zTXt");
}

/** A file of black pixels. */
async function blackPicture(side: number, program: string): Promise<Uint8Array> {
  const frame = renderProgram("HALT", { width: side, height: side });
  return encodeCartridge(frame, { program, language: "1" });
}

/** Builds cartridges that are costly to read, decode or verify and do not verify, by description. */
export async function costlyCartridges(): Promise<Readonly<Record<string, Uint8Array>>> {
  const variables = Array.from({ length: 60_000 }, (_, i) => `SET v${i.toString(36)} 1\n`).join("");
  const stored = deflateSync(Buffer.alloc(2_048 * (1 + 2_048 * 8)), { level: 0 });
  const parts = Array.from({ length: Math.ceil(stored.length / 8_192) }, (_, i) =>
    chunk("IDAT", stored.subarray(i * 8_192, (i + 1) * 8_192)),
  );
  const empty = Buffer.concat([
    Buffer.of(0x78, 0x01),
    Buffer.alloc(12_000_000, Buffer.of(0, 0, 0, 255, 255)),
  ]);
  const chunks = Array.from({ length: 400_000 }, () => chunk("prVt"));
  return {
    "16.7 million pixels that the program does not draw": await blackPicture(SIDE, "CLEAR\n"),
    "a program of 60,000 variables": await blackPicture(64, `${variables}CLEAR\n`),
    "4.2 million pixels of 16 bits in 4,100 chunks": pngOf([
      ihdr(2_048, 2_048, 16, 6),
      ...(await texts(2_048, "CLEAR\n")),
      ...parts,
      IEND,
    ]),
    "12 MB of empty deflate blocks": pngOf([
      ihdr(SIDE, SIDE, 1, 0),
      ...(await texts(64, "HALT\n")),
      chunk("IDAT", empty),
      IEND,
    ]),
    "400,000 chunks": pngOf([ihdr(64, 64, 1, 0), ...chunks, IEND]),
  };
}
