import { findWordEnd, skipBlanks, trimBlanks } from "./characters.ts";
import { formatTokens, readTokens, readWordTokens } from "./expression-tokens.ts";
import type { Instruction } from "./instructions.ts";
import { isName } from "./names.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import type { Operand } from "./operands.ts";
import { parseInteger } from "./read-word.ts";

/** Returns an instruction in its canonical form. `written` is its line without blanks around it. */
export function formatLine(instruction: Instruction, written: string): string {
  const { name, operands } = OPCODE_ENTRIES[instruction.op];
  const words: string[] = [name];
  let index = name.length;
  if (instruction.op === "IF") {
    return `${name} ${formatComparison(instruction, written.slice(skipBlanks(written, index)))}`;
  }
  for (const operand of operands) {
    if (index === written.length) break;
    if (operand.kind === "text" || operand.kind === "template") {
      words.push(written.slice(index + 1));
      break;
    }
    const start = skipBlanks(written, index);
    // Most operands are integers and names.
    const end = SIMPLE.has(operand.kind) ? findWordEnd(written, start, written.length) : start;
    const word = formatSimple(written.slice(start, end));
    index = word === undefined ? findOperandEnd(operand, written, start) : end;
    words.push(word ?? formatOperand(operand, written.slice(start, index)));
  }
  return words.join(" ");
}

/** Kinds of operands that are the rest of the line. */
const RESTS: ReadonlySet<Operand["kind"]> = new Set([
  "value",
  "color",
  "default",
  "rows",
  "arguments",
  "numbers",
  "integers",
  "points",
  "palette",
]);

/** Kinds of operands that are one word and usually an integer or a name. */
const SIMPLE: ReadonlySet<Operand["kind"]> = new Set([
  "position",
  "size",
  "scale",
  "side",
  "number",
  "variable",
  "set variable",
]);

/** Formats an integer or a name; returns `undefined` for any other word. */
function formatSimple(word: string): string | undefined {
  return parseInteger(word)?.toString() ?? (isName(word) ? word : undefined);
}

function findOperandEnd({ kind }: Operand, written: string, start: number): number {
  return RESTS.has(kind) ? written.length : readWordTokens(written, start).end;
}

function formatOperand({ kind }: Operand, written: string): string {
  switch (kind) {
    case "value":
      return formatSimple(written) ?? formatTokens(readTokens(written), true);
    case "color":
    case "color stop":
    case "literal color":
      // Three or four words are numbers.
      return /^[^{][^ \t]*$/.test(written) ? written.toLowerCase() : formatWords(written);
    case "rows":
      // A row has hexadecimal digits only, so a brace begins the name of a parameter.
      return written.startsWith("{") ? written : written.toLowerCase().replaceAll(/[ \t]+/g, " ");
    case "alignment":
    case "direction":
    case "font":
      return written.toLowerCase();
    case "palette":
      return written
        .split(/[ \t]+/)
        .map(formatPaletteEntry)
        .join(" ");
    case "default":
    case "label":
      return written;
    default:
      return formatWords(written);
  }
}

function formatPaletteEntry(word: string): string {
  const key = String.fromCodePoint(word.codePointAt(0) ?? 0);
  return key + word.slice(key.length).toLowerCase();
}

/** Formats expressions that are one word each. */
function formatWords(written: string): string {
  const words: string[] = [];
  for (let index = 0; index < written.length;) {
    const { tokens, end } = readWordTokens(written, skipBlanks(written, index));
    words.push(formatTokens(tokens, false));
    index = end;
  }
  return words.join(" ");
}

function formatComparison({ relation, label }: Extract<Instruction, { op: "IF" }>, written: string): string {
  const word = label === undefined ? "" : written.slice(written.length - label.length);
  const comparison = written.slice(0, trimBlanks(written, 0, written.length - word.length));
  const end = label === undefined ? "" : ` ${word}`;
  if (relation === "IS") {
    const [left = "", , right = ""] = comparison.split(/[ \t]+/);
    return `${left} IS ${right}${end}`;
  }
  const tokens = readTokens(comparison);
  const at = tokens.findIndex((token) => /^[<>=!]/.test(token));
  const rightAt = at + relation.length;
  return `${formatTokens(tokens.slice(0, at), true)} ${relation} ${formatTokens(tokens.slice(rightAt), true)}${end}`;
}
