import { crc32, deflateSync } from "node:zlib";

export interface RawChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

export const SIGNATURE: Uint8Array = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export function chunk(type: string, data: ArrayLike<number> = []): RawChunk {
  return { type, data: Uint8Array.from(data) };
}

export function chunkBytes({ type, data }: RawChunk): Uint8Array {
  const body = Buffer.concat([ascii(type), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

/** Returns a PNG file of these chunks, valid or not. */
export function pngOf(chunks: readonly RawChunk[]): Uint8Array {
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks.map(chunkBytes)]));
}

/** Returns the chunks of a valid PNG. */
export function chunksOf(png: Uint8Array): RawChunk[] {
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const chunks: RawChunk[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    chunks.push({
      type: String.fromCharCode(...png.subarray(at + 4, at + 8)),
      data: png.slice(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

export function ihdr(
  width: number,
  height: number,
  depth: number,
  colorType: number,
  rest = [0, 0, 0],
): RawChunk {
  return chunk("IHDR", [...u32(width), ...u32(height), depth, colorType, ...rest]);
}

export function idat(scanlines: ArrayLike<number>): RawChunk {
  return chunk("IDAT", deflateSync(Uint8Array.from(scanlines)));
}

export function textChunk(keyword: string, text: string): RawChunk {
  return chunk("tEXt", ascii(`${keyword}\0${text}`));
}

export function compressedTextChunk(keyword: string, text: string | Uint8Array): RawChunk {
  const body = deflateSync(typeof text === "string" ? ascii(text) : text);
  return chunk("zTXt", concat(ascii(`${keyword}\0\0`), body));
}

export const IEND: RawChunk = chunk("IEND");

/** Returns the tEXt chunks of a PNG by keyword. */
export function textsOf(png: Uint8Array): Map<string, string> {
  const texts = chunksOf(png).filter(({ type }) => type === "tEXt");
  return new Map(
    texts.map(({ data }) => {
      const [keyword = "", ...rest] = String.fromCharCode(...data).split("\0");
      return [keyword, rest.join("\0")];
    }),
  );
}
