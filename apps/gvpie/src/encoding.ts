import { isUtf8 } from "node:buffer";

/** Byte order marks. That of UTF-32 LE begins with that of UTF-16 LE. */
const MARKS = [
  { bytes: [0xff, 0xfe, 0, 0], name: "UTF-32 LE", iconv: "UTF-32" },
  { bytes: [0, 0, 0xfe, 0xff], name: "UTF-32 BE", iconv: "UTF-32" },
  { bytes: [0xff, 0xfe], name: "UTF-16 LE", iconv: "UTF-16" },
  { bytes: [0xfe, 0xff], name: "UTF-16 BE", iconv: "UTF-16" },
] as const;

/** Bytes that are examined for an encoding without a byte order mark. */
const SAMPLE_BYTES = 4_096;

/** An encoding that is not UTF-8. */
interface Encoding {
  /** In words. */
  readonly found: string;
  /** Its name for `iconv`; undefined if it is not known. */
  readonly iconv: string | undefined;
}

/**
 * Returns the encoding of text that is not UTF-8; undefined for UTF-8.
 *
 * UTF-16 without a byte order mark is recognised by the zero bytes of its Latin characters; the bytes may also be UTF-8.
 */
export function foreignEncoding(bytes: Uint8Array): Encoding | undefined {
  const mark = MARKS.find((one) => one.bytes.every((byte, i) => bytes[i] === byte));
  if (mark !== undefined) return { found: `${mark.name} with a byte order mark`, iconv: mark.iconv };
  const order = zeroBytesOf(bytes.subarray(0, SAMPLE_BYTES));
  if (order !== undefined) return { found: `UTF-16 ${order}`, iconv: `UTF-16${order}` };
  if (isUtf8(bytes)) return undefined;
  const at = invalidByte(bytes);
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, "0");
  const place = `the byte 0x${byte} at ${positionOf(bytes, at)}`;
  // Control characters, other than white space, do not occur in text of these encodings.
  const isText = bytes
    .subarray(0, SAMPLE_BYTES)
    .every((value) => value >= 0x20 || (value >= 8 && value <= 13));
  return isText
    ? { found: `${place}, as in Latin-1 or Windows-1252`, iconv: "WINDOWS-1252" }
    : { found: place, iconv: undefined };
}

/** `LE` or `BE` if most characters are Latin ones of two bytes each. */
function zeroBytesOf(sample: Uint8Array): "LE" | "BE" | undefined {
  const pairs = sample.length >> 1;
  if (pairs === 0) return undefined;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs * 2; i += 2) {
    if (sample[i] === 0) even += 1;
    if (sample[i + 1] === 0) odd += 1;
  }
  if (odd * 2 > pairs && even === 0) return "LE";
  return even * 2 > pairs && odd === 0 ? "BE" : undefined;
}

/** The index of the first byte that is not part of a UTF-8 character. */
function invalidByte(bytes: Uint8Array): number {
  // The longest valid beginning, by bisection; up to three bytes of it may be a character that is cut off.
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8(wholeCharacters(bytes, middle))) valid = middle;
    else invalid = middle;
  }
  return wholeCharacters(bytes, valid).length;
}

/** The first `length` bytes without a character that is cut off at their end. */
function wholeCharacters(bytes: Uint8Array, length: number): Uint8Array {
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return bytes.subarray(0, size > back ? length - back : length);
  }
  return bytes.subarray(0, length);
}

/** `line 2, column 7`, in characters. */
function positionOf(bytes: Uint8Array, index: number): string {
  const before = new TextDecoder().decode(bytes.subarray(0, index)).split("\n");
  return `line ${before.length}, column ${Array.from(before.at(-1) ?? "").length + 1}`;
}
