import { platform } from "#platform";
import type { Chunk } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";
import { inflateText } from "./inflate.ts";

/** A tEXt or zTXt chunk. */
export interface TextChunk {
  readonly keyword: string;
  readonly compressed: boolean;
  /** The text as in the file. */
  readonly data: Uint8Array;
}

const MAX_KEYWORD_BYTES = 79;

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** PNG 3rd ed. §11.3.3.2: printable Latin-1, no space at either end, no two spaces in a row. */
function isKeyword(keyword: string): boolean {
  return /^[!-~\u00a1-\u00ff]+(?: [!-~\u00a1-\u00ff]+)*$/.test(keyword);
}

/**
 * Splits a text chunk. Returns undefined for iTXt, whose keyword is checked; cartridges do not use it.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_CHUNK on a keyword or compression method that PNG does not define.
 */
export function readTextChunk({ type, data }: Chunk): TextChunk | undefined {
  const end = data.subarray(0, MAX_KEYWORD_BYTES + 1).indexOf(0);
  const keyword = end < 0 ? "" : latin1(data.subarray(0, end));
  if (!isKeyword(keyword)) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_CHUNK",
      `expected a ${type} keyword of 1 to ${MAX_KEYWORD_BYTES} printable Latin-1 characters, with single spaces only inside`,
    );
  }
  if (type === "tEXt") return { keyword, compressed: false, data: data.subarray(end + 1) };
  if (type === "zTXt") {
    if (data[end + 1] !== 0) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_CHUNK",
        `expected zTXt with compression method 0, got ${data[end + 1] ?? "none"}`,
      );
    }
    return { keyword, compressed: true, data: data.subarray(end + 2) };
  }
  return undefined;
}

/**
 * Decodes the text as Latin-1.
 *
 * @throws {CartridgeError} CARTRIDGE_LIMIT over `maxBytes`; CARTRIDGE_BAD_METADATA if it does not inflate.
 */
export function textOf({ keyword, compressed, data }: TextChunk, maxBytes: number): string {
  const bytes = compressed ? inflateText(keyword, data, maxBytes) : data;
  if (bytes.length > maxBytes) {
    throw new CartridgeError(
      "CARTRIDGE_LIMIT",
      `the text ${keyword}: expected at most ${maxBytes} bytes, got ${bytes.length}`,
    );
  }
  return latin1(bytes);
}

/** Returns a tEXt chunk, or zTXt if `compressed`. `text` must be ASCII. */
export async function textChunk(keyword: string, text: string, compressed: boolean): Promise<Chunk> {
  const encoder = new TextEncoder();
  if (!compressed) return { type: "tEXt", data: encoder.encode(`${keyword}\0${text}`) };
  const name = encoder.encode(`${keyword}\0\0`);
  const body = await platform.deflate(encoder.encode(text));
  const data = new Uint8Array(name.length + body.length);
  data.set(name);
  data.set(body, name.length);
  return { type: "zTXt", data };
}
