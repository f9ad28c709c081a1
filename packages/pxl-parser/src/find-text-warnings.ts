import { findBraces } from "./braces.ts";
import { countCodePoints } from "./characters.ts";
import type { Description } from "./diagnostic-list.ts";
import type { InstructionOf, Instruction } from "./instructions.ts";
import { nearest } from "./nearest.ts";
import type { Reference } from "./operands.ts";
import { OPERATORS } from "./operator-table.ts";
import { declaredVariables, shortName } from "./references.ts";
import type { Span } from "./span.ts";
import type { Program } from "./types.ts";
import type { Warning } from "./warning.ts";

/** With more names than this, no name is suggested, to limit the cost. */
const MAX_CANDIDATES = 100;

/** Finds `{name}` of undeclared names in the texts of a program that declares names. */
export function findLiteralBraces({ instructions, params, plain }: Program): Warning[] {
  // A SET makes a program depend on values.
  if (plain && params.length === 0) return [];
  const names = new Map<string, number>();
  for (const { op, name, line } of params) if (op !== "LIST") names.set(name, line);
  for (const instruction of instructions) {
    if (instruction.op === "SET" && instruction.index !== undefined) continue;
    for (const name of declaredVariables(instruction)) {
      if (!names.has(name)) names.set(name, instruction.line);
    }
  }
  if (names.size === 0) return [];
  return instructions.flatMap((instruction) =>
    instruction.op === "TXT" ? findBracesInText(instruction, names) : [],
  );
}

function findBracesInText(
  { text, line, column: start, length }: InstructionOf<"TXT">,
  names: ReadonlyMap<string, number>,
): Warning[] {
  const pieces = typeof text === "string" ? [text] : text;
  const written = writtenText(pieces);
  const column = start + length - countCodePoints(written, 0, written.length);
  const references = new Set(pieces.map((piece) => (typeof piece === "string" ? 0 : piece.span.column)));
  return Array.from(findBraces(written, { line, column }))
    .filter((braces) => !references.has(braces.span.column))
    .map((braces) => ({
      code: "PXL_LITERAL_BRACES",
      span: braces.span,
      message: () => describeBraces(braces, names),
    }));
}

function writtenText(pieces: readonly (string | Reference)[]): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : `{${shortName(piece.name)}}`)).join("");
}

/** Braces with a content that is not too long for an expression. */
const BRACES = /\{[^{}]{1,200}\}/g;
/** An expression, or a name and a format. */
const EXPRESSION = /^\{(?:[A-Za-z0-9_+*/%()[\], \t-]+|[ \t]*[A-Za-z_]\w*[ \t]*:[ \t]*[0-9.,]+[ \t]*)\}$/;
const OPERATOR = /[+*/%()[\]:-]/;

/** Finds `{x+1}` and `{x:02}` in the texts of TXT, if they use a name that the program declares or that is built in. */
export function findLiteralExpressions({ instructions, params }: Program): Warning[] {
  const candidates: InstructionOf<"TXT">[] = [];
  for (const instruction of instructions) {
    if (instruction.op !== "TXT") continue;
    const { text } = instruction;
    if (typeof text !== "string" || text.includes("{")) candidates.push(instruction);
  }
  if (candidates.length === 0) return [];
  const names = new Set([
    ...params.map(({ name }) => name),
    ...instructions.flatMap(declaredVariables).map(shortName),
    ...instructions.flatMap((instruction) => (instruction.op === "ARRAY" ? [instruction.name] : [])),
    ...instructions
      .flatMap((instruction) => (instruction.op === "DEF" ? instruction.args : []))
      .map(shortName),
    ...OPERATORS.filter(({ kind }) => kind === "name" || kind === "function").map(({ name }) => name),
  ]);
  return candidates.flatMap(({ text, line, column: start, length }) => {
    const written = writtenText(typeof text === "string" ? [text] : text);
    const first = start + length - countCodePoints(written, 0, written.length);
    let counted = 0;
    let column = first;
    const warnings: Warning[] = [];
    for (const { 0: found, index } of written.matchAll(BRACES)) {
      const words = found.match(/[A-Za-z_]\w*/g) ?? [];
      const isExpression = EXPRESSION.test(found) && OPERATOR.test(found);
      if (!isExpression || !words.some((word) => names.has(word))) continue;
      column += countCodePoints(written, counted, index);
      counted = index;
      const message = (): string =>
        `${found} is drawn literally, because TXT inserts only names; PRINT inserts expressions`;
      warnings.push({
        code: "PXL_LITERAL_EXPRESSION",
        span: { line, column, length: found.length },
        message,
      });
    }
    return warnings;
  });
}

/** Finds texts that begin and end with a quote, and have no other. */
export function findLiteralQuotes(instructions: readonly Instruction[]): Warning[] {
  const warnings: Warning[] = [];
  for (const instruction of instructions) {
    const { op } = instruction;
    if (op !== "TXT" && op !== "PRINT" && op !== "WRAP") continue;
    const { text } = instruction;
    const pieces: readonly unknown[] = typeof text === "string" ? [text] : text;
    const [first, last] = [pieces[0], pieces.at(-1)];
    const isQuoted =
      typeof first === "string" && typeof last === "string" && first.startsWith('"') && last.endsWith('"');
    if (!isQuoted) continue;
    const quotes = pieces.reduce(
      (sum: number, piece) => sum + (typeof piece === "string" ? piece.split('"').length - 1 : 0),
      0,
    );
    if (quotes !== 2) continue;
    const message = (): string =>
      `the quotes are drawn: a text of ${op} is the rest of the line, without quotes`;
    warnings.push({ code: "PXL_LITERAL_QUOTES", span: instruction, message });
  }
  return warnings;
}

/** `names` maps each name to the line that declares it. */
function describeBraces(
  { name, span }: { readonly name: string; readonly span: Span },
  names: ReadonlyMap<string, number>,
): string | Description {
  const literal = `{${name}} is drawn literally, because`;
  const declared = names.get(name);
  if (declared !== undefined) return `${literal} ${name} is declared further down, on line ${declared}`;
  const message = `${literal} no earlier line declares ${name}`;
  const meant = names.size > MAX_CANDIDATES ? undefined : nearest(name, names.keys());
  if (meant === undefined) return message;
  const text = `{${meant.word}}`;
  const hinted = `${message}; did you mean ${text}?`;
  const isEarlier = (names.get(meant.word) ?? span.line) < span.line;
  return meant.isCertain && isEarlier ? { message: hinted, fix: { ...span, text } } : hinted;
}
