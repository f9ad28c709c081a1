import { BYTE_ORDER_MARK, findLineEnd, findNextLine, isBlank, skipBlanks, trimBlanks } from "./characters.ts";
import { nameInBraces, readLabel } from "./names.ts";
import { OPCODE_ENTRIES, type Opcode } from "./opcodes.ts";
import type { Operand } from "./operands.ts";
import { parseProgram } from "./parse-program.ts";
import { parseInteger } from "./read-word.ts";

/** Begins each line below a program's first label. */
const INDENTATION = "  ";

/**
 * Returns a program in its canonical form: opcodes in upper case, one space between operands, plain decimal integers,
 * colours and patterns in lower case, no trailing blanks, LF at the end of every line, no byte order mark. Labels are
 * not indented; instructions below the first label are indented by two spaces. Comments, blank lines and spaces inside
 * texts are kept. Formatting changes no instruction, and formatting the result again does not change it.
 *
 * @throws {PxlError} if the program has errors.
 * @throws {TypeError} if `source` is not a string.
 */
export function formatProgram(source: string): string {
  const { instructions } = parseProgram(source);
  const lines: string[] = [];
  let position = source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  let indentation = "";
  for (let line = 1, next = 0; position < source.length; line++) {
    const lineEnd = findLineEnd(source, position);
    const start = Math.min(skipBlanks(source, position), lineEnd);
    const end = trimBlanks(source, start, lineEnd);
    const instruction = instructions[next];
    if (instruction?.line === line) {
      lines.push(indentation + formatInstruction(OPCODE_ENTRIES[instruction.op], source.slice(start, end)));
      next++;
    } else if (readLabel(source, start, end) !== undefined) {
      lines.push(source.slice(start, end));
      indentation = INDENTATION;
    } else {
      // An indented comment stays indented.
      const isIndented = start > position && start < end;
      lines.push((isIndented ? indentation : "") + source.slice(start, end));
    }
    position = findNextLine(source, lineEnd);
  }
  // Blanks after the last LF are not a line.
  if (lines.at(-1) === "" && !source.endsWith("\n")) lines.pop();
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** `written` is the instruction without blanks around it. */
function formatInstruction({ name, operands }: Opcode, written: string): string {
  const words: string[] = [name];
  let index = name.length;
  for (const operand of operands) {
    if (index === written.length) break;
    if (operand.kind === "text") {
      words.push(written.slice(index + 1));
      break;
    }
    const start = skipBlanks(written, index);
    index = operand.kind === "default" ? written.length : findWordEnd(written, start);
    if (operand.kind === "rows") {
      const rows = written.slice(start);
      // A row has hexadecimal digits only, so a brace begins the name of a parameter.
      words.push(...(rows.startsWith("{") ? [rows] : rows.toLowerCase().split(/[ \t]+/)));
    } else {
      words.push(formatWord(operand, written.slice(start, index)));
    }
  }
  return words.join(" ");
}

function formatWord(operand: Operand, word: string): string {
  switch (operand.kind) {
    case "position":
    case "size":
    case "scale":
    case "side":
      return String(parseInteger(word) ?? word);
    case "value":
      return String(parseInteger(word) ?? nameInBraces(word) ?? word);
    case "color":
    case "alignment":
      return nameInBraces(word) === undefined ? word.toLowerCase() : word;
    default:
      return word;
  }
}

function findWordEnd(line: string, start: number): number {
  let end = start;
  while (end < line.length && !isBlank(line.charCodeAt(end))) end++;
  return end;
}
