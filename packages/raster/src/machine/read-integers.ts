import { measureText } from "@gvpie/glyph-rom";
import { parseInteger } from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";

/** A word that is not an integer of 32 bits. */
export interface BadInteger {
  /** Its first character, from 1, in code points. */
  readonly at: number;
  readonly found: string;
}

// Blanks, a comma between them, or both.
const SEPARATOR = /[ \t]*,[ \t]*|[ \t]+/y;
const WORD = /[^ \t,]*/y;

const BLANKS: ReadonlySet<string> = new Set([" ", "\t"]);

/** Reads integers that are separated by blanks, by a comma, or by both. Returns the first word that is not an integer. */
export function readIntegers(text: string): number[] | BadInteger {
  const integers: number[] = [];
  const end = skip(text, text.length, -1);
  let at = skip(text, 0, 1);
  while (at < end || integers.length > 0) {
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0] ?? "";
    const integer = parseInteger(word);
    if (integer === undefined || integer < INT32_MIN || integer > INT32_MAX) {
      return {
        at: measureText(text.slice(0, at)).glyphs + 1,
        found: word === "" ? text.slice(at, at + 1) : word,
      };
    }
    integers.push(integer);
    at += word.length;
    if (at === end) break;
    SEPARATOR.lastIndex = at;
    at += SEPARATOR.exec(text)?.[0].length ?? 0;
  }
  return integers;
}

/** Returns the first index at which the text has no blank before it (`step` −1) or after it (`step` 1). */
function skip(text: string, from: number, step: 1 | -1): number {
  let at = from;
  while (BLANKS.has(text[step === 1 ? at : at - 1] ?? "")) at += step;
  return at;
}
