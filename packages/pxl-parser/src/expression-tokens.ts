import { isBlank, skipBlanks } from "./characters.ts";

const TOKEN = /"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[^ \t]/y;
const OPERATORS = "+-*/%";
const OPENING = "([{";
const CLOSING = ")]}";

/** Returns the tokens of an expression without errors: names, integers, texts in quotes, and single characters. */
export function readTokens(written: string): readonly string[] {
  const tokens: string[] = [];
  for (let index = skipBlanks(written, 0); index < written.length; index = skipBlanks(written, index)) {
    const token = tokenAt(written, index);
    tokens.push(token);
    index += token.length;
  }
  return tokens;
}

/** Returns the tokens of the word at `start`, which ends at a blank outside brackets and quotes, and the index after it. */
export function readWordTokens(
  written: string,
  start: number,
): { readonly tokens: readonly string[]; readonly end: number } {
  const tokens: string[] = [];
  let depth = 0;
  let index = start;
  while (index < written.length) {
    if (isBlank(written.charCodeAt(index))) {
      if (depth === 0) break;
      index++;
      continue;
    }
    const token = tokenAt(written, index);
    if (OPENING.includes(token)) depth++;
    if (CLOSING.includes(token)) depth--;
    tokens.push(token);
    index += token.length;
  }
  return { tokens, end: index };
}

function tokenAt(written: string, index: number): string {
  TOKEN.lastIndex = index;
  return TOKEN.exec(written)?.[0] ?? written.charAt(index);
}

/**
 * Writes an expression. If `isOpen`, operators outside brackets have a space on both sides, and braces around the whole are
 * dropped.
 */
export function formatTokens(tokens: readonly string[], isOpen: boolean): string {
  const inner = isOpen && tokens[0] === "{" ? tokens.slice(1, -1) : tokens;
  let written = "";
  let depth = 0;
  let previous = "";
  for (const [i, token] of inner.entries()) {
    const isDigits = /^[0-9]/.test(token);
    const isBinary = OPERATORS.includes(token) && /[\w)\]}"]$/.test(previous);
    if (token === "-" && !isBinary && /^0+$/.test(inner[i + 1] ?? "")) {
      // −0 is 0.
    } else if (isBinary && isOpen && depth === 0) {
      written += ` ${token} `;
    } else {
      written += isDigits ? token.replace(/^0+(?=[0-9])/, "") : token;
    }
    if (OPENING.includes(token)) depth++;
    if (CLOSING.includes(token)) depth--;
    previous = token;
  }
  return written;
}
