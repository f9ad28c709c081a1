import { platform } from "#platform";
import type { Chunk } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";
import { inflateText } from "./inflate.ts";

/** A tEXt, zTXt or iTXt chunk. */
export interface TextChunk {
  readonly type: "tEXt" | "zTXt" | "iTXt";
  readonly keyword: string;
  /** The bytes after the keyword and its NUL. */
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
export function isKeyword(keyword: string): boolean {
  return /^[!-~\u00a1-\u00ff]+(?: [!-~\u00a1-\u00ff]+)*$/.test(keyword);
}

/** Returns the keyword of the data of a text chunk; empty if it has none of a valid length. */
export function keywordOf(data: Uint8Array): string {
  const end = data.subarray(0, MAX_KEYWORD_BYTES + 1).indexOf(0);
  return end < 0 ? "" : latin1(data.subarray(0, end));
}

/** Splits a text chunk that has a keyword. */
export function readTextChunk(type: TextChunk["type"], data: Uint8Array): TextChunk {
  const keyword = keywordOf(data);
  return { type, keyword, data: data.subarray(keyword.length + 1) };
}

/** Returns the bytes of a text; of zTXt, inflated. */
function contentOf({ type, keyword, data }: TextChunk, maxBytes: number): Uint8Array {
  if (type !== "zTXt") return data;
  const [method] = data;
  if (method !== 0) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_METADATA",
      `the compressed text ${keyword}: expected the compression method 0, got ${method ?? "none"}`,
    );
  }
  return inflateText(keyword, data.subarray(1), maxBytes);
}

/**
 * Decodes the text of a tEXt or zTXt chunk as Latin-1.
 *
 * @throws {CartridgeError} CARTRIDGE_LIMIT over `maxBytes`; CARTRIDGE_BAD_METADATA if it does not inflate.
 */
export function textOf(chunk: TextChunk, maxBytes: number): string {
  const bytes = contentOf(chunk, maxBytes);
  if (bytes.length > maxBytes) {
    throw new CartridgeError(
      "CARTRIDGE_LIMIT",
      `the text ${chunk.keyword}: expected at most ${maxBytes} bytes, got ${bytes.length}`,
    );
  }
  return latin1(bytes);
}

/** Control, format (bidi, tag), private and unassigned characters, line separators, and invisible characters. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns the text with every character that is invisible, or changes the display of others, as `\u{…}`. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** Returns the first characters of a text from a file in quotes, for a message. */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text.slice(0, 40)));
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
