import { SPACE, isBlank } from "./characters.ts";
import { Fault } from "./fault.ts";

/** Greatest length of the name of a parameter, a variable or a label. */
export const MAX_NAME_LENGTH = 64;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const COLON = 0x3a;

/** True for the name of a parameter, a variable or a label. */
export function isName(word: string): boolean {
  return typeof word === "string" && NAME.test(word);
}

/** Returns the name in `{name}`; `undefined` for any other word. */
export function nameInBraces(word: string): string | undefined {
  const name = word.slice(1, -1);
  return word.startsWith("{") && word.endsWith("}") && isName(name) ? name : undefined;
}

/**
 * Reads `name:`, the word at `start` in a line that ends at `end`. Returns the name and the index after the colon, or
 * `undefined` for any other word.
 */
export function readLabel(
  source: string,
  start: number,
  end: number,
): { readonly name: string; readonly end: number } | undefined {
  const limit = Math.min(end, start + MAX_NAME_LENGTH + 1);
  let colon = start;
  while (colon < limit && source.charCodeAt(colon) !== COLON) {
    if (source.charCodeAt(colon) <= SPACE) return undefined;
    colon++;
  }
  if (colon === limit) return undefined;
  if (colon + 1 < end && !isBlank(source.charCodeAt(colon + 1))) return undefined;
  const name = source.slice(start, colon);
  return isName(name) ? { name, end: colon + 1 } : undefined;
}

/** Returns the fault of a word that is not a name. */
export function notAName(word: string): Fault {
  return new Fault(
    "PXL_NOT_A_NAME",
    () =>
      `expected a name: letters A–Z and a–z, digits, _, no digit first, at most ${MAX_NAME_LENGTH} characters`,
    () => {
      const name = nameInBraces(word) ?? word.replace(/:$/, "");
      return name !== word && isName(name) ? name : undefined;
    },
  );
}
