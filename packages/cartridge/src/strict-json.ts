/** A part of a JSON text on which parsers disagree. */
export interface Ambiguity {
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** As in "expected …, got …". */
  readonly expected: string;
  /** The key, in its spelling, or the number. */
  readonly got: string;
}

/** Returns the offset after the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfSpaces(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text[at] as string)) at++;
  return at;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && "+-.0123456789Ee".includes(text[at] as string)) at++;
  return at;
}

/**
 * Finds a key that occurs twice in its object, by its value and not by its spelling, or a number that is not written as
 * JavaScript writes it, such as `1.0` or `9007199254740993`. Parsers differ in which key they keep, and in the value that
 * they give such a number. `text` must be valid JSON. Uses no recursion, so any depth is safe.
 */
export function findAmbiguity(text: string): Ambiguity | undefined {
  /** The keys of each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at] as string;
    const start = at;
    if (character === '"') {
      at = endOfString(text, start);
      const keys = open.at(-1);
      if (keys === undefined || text[endOfSpaces(text, at)] !== ":") continue;
      const key = JSON.parse(text.slice(start, at)) as string;
      if (keys.has(key)) {
        return { offset: start, expected: "each key once", got: text.slice(start, at) };
      }
      keys.add(key);
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      at = endOfNumber(text, start);
      const written = text.slice(start, at);
      if (String(Number(written)) !== written) {
        return { offset: start, expected: `the number as ${Number(written)}`, got: written };
      }
    } else {
      at++;
      if (character === "{") open.push(new Set());
      else if (character === "[") open.push(undefined);
      else if (character === "}" || character === "]") open.pop();
    }
  }
  return undefined;
}
