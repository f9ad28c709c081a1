import { Buffer } from "node:buffer";

/** Cuts text to at most `maxBytes` of UTF-8, at a character; the last one then is `…`. Lone surrogates count as U+FFFD. */
export function cutText(text: string, maxBytes: number): string {
  // A character of UTF-16 takes at most three bytes.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = maxBytes - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}…`;
}
